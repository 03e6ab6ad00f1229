/**
 * Asks one host for the head of an answer, step by step: name and TCP, TLS,
 * HTTP. Through a proxy there is only the last step.
 *
 * Sends no token and does not judge the answer.
 */
import { errorMessage } from "../../error_text.ts";
import { bareHost, portOf } from "../../protocol/url.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import { Deadline } from "../../upstream/deadline.ts";
import { fetchPlain } from "../../upstream/fetch_plain.ts";
import { identityOf } from "../../upstream/auth/identity.ts";

/** For all steps together. */
const TIMEOUT_MS = 5_000;

/** Undefined times: the proxy takes these steps. */
export interface Reached {
  readonly status: number;
  readonly headers: Headers;
  readonly connectMs: number | undefined;
  readonly tlsMs: number | undefined;
  readonly answerMs: number;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
}

export interface Unreached {
  readonly stage: "connect" | "tls" | "answer";
  readonly message: string;
  /** Whether it failed because time was up. */
  readonly late: boolean;
}

export interface ReachOptions {
  readonly runtime: Pick<Runtime, "after" | "elapsed" | "fetch" | "now">;
  readonly rootCertificates: readonly string[];
  /** The version of the official client to ask as. */
  readonly codexVersion: string;
  /** Whether no proxy is used. */
  readonly direct: boolean;
}

export async function reach(
  url: URL,
  options: ReachOptions,
): Promise<Result<Reached, Unreached>> {
  const { runtime, codexVersion, direct } = options;
  using deadline = new Deadline({
    after: runtime.after,
    ms: TIMEOUT_MS,
    awaited: "answer",
    signal: new AbortController().signal,
  });
  const { signal } = deadline;
  let stage: Unreached["stage"] = "connect";
  const clock = stopwatch(runtime.elapsed);
  try {
    let connectMs: number | undefined;
    let tlsMs: number | undefined;
    if (direct) {
      const connection = await Deno.connect({
        hostname: bareHost(url),
        port: portOf(url),
        signal,
      });
      connectMs = clock();
      stage = "tls";
      if (url.protocol === "https:") {
        await shakeHands(connection, { url, signal, ...options });
        tlsMs = clock();
      } else connection.close();
    }
    stage = "answer";
    const response = await fetchPlain(runtime, {
      method: "HEAD",
      url,
      headers: [
        ...identityOf(codexVersion, Deno.build).short,
        ["accept", "*/*"],
      ],
      body: undefined,
      signal,
    });
    const receivedAt = runtime.now();
    await response.body?.cancel();
    const { status, headers } = response;
    const answerMs = clock();
    return ok({ status, headers, connectMs, tlsMs, answerMs, receivedAt });
  } catch (error) {
    const message = essence(errorMessage(error));
    return err({ stage, message, late: signal.aborted });
  }
}

/** Always closes the connection. */
async function shakeHands(
  connection: Deno.TcpConn,
  { url, signal, rootCertificates }: {
    readonly url: URL;
    readonly signal: AbortSignal;
    readonly rootCertificates: readonly string[];
  },
): Promise<void> {
  const tls = await Deno.startTls(connection, {
    hostname: bareHost(url),
    caCerts: [...rootCertificates],
  });
  const close = () => closeQuietly(tls);
  signal.addEventListener("abort", close, { once: true });
  try {
    await tls.handshake();
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

function closeQuietly(connection: Deno.TlsConn): void {
  try {
    connection.close();
  } catch {
    // The deadline has closed it already.
  }
}

/** Each call returns the milliseconds since the previous one. */
function stopwatch(elapsed: () => number): () => number {
  let last = elapsed();
  return () => {
    const since = elapsed() - last;
    last += since;
    return Math.round(since);
  };
}

/** The reason without the standard words that `fetch` puts before it. */
function essence(message: string): string {
  return message.replace(/^.*client error \([^)]*\): /s, "")
    .replace(/^(?:fetch failed|tcp connect error): /, "")
    .replace(/ \(os error \d+\)$/, "");
}
