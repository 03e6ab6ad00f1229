/** Network helpers: a free port, waiting for a server, pauses. */

/** Below the ports that systems give to whoever asks for any. */
const PORTS = { first: 12_000, count: 20_000 };
const given = new Set<number>();

/** A loopback port that was free a moment ago, another one each time. */
export function freePort(): number {
  while (true) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    if (given.has(port) || !isFree(port)) continue;
    given.add(port);
    return port;
  }
}

/** Waits until `GET path` answers below 500; throws after `limitMs`. */
export async function untilReady(
  port: number,
  path: string,
  limitMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (performance.now() < deadline) {
    if (await answers(`http://127.0.0.1:${port}${path}`)) return;
    await sleep(1);
  }
  throw new Error(`Nothing answered on port ${port} within ${limitMs} ms`);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The numbers in the first line that a program prints. */
export async function firstNumbers(
  stdout: ReadableStream<Uint8Array>,
): Promise<readonly number[]> {
  const reader = stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return new TextDecoder().decode(value).trim().split(" ").map(Number);
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.status < 500;
  } catch {
    return false;
  }
}
