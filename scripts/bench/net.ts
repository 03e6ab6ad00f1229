/** Network helpers: a free port, waiting for a server, pauses. */

/** A loopback port that was free a moment ago. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
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

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.status < 500;
  } catch {
    return false;
  }
}
