/**
 * A closed loop: each connection sends the next request as soon as it has an
 * answer.
 *
 * Uses `wrk` if it is installed, because it costs the least CPU, else raw
 * sockets.
 */

import { connect, exchange } from "./exchange.ts";
import { onPath, spawn } from "./process.ts";
import { type BenchRequest, message } from "./request.ts";

export interface LoopOptions {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  readonly request: BenchRequest;
  /** A folder for wrk's script. */
  readonly folder: string;
}

/** What sends the requests; raw sockets are there on every machine. */
export type Driver = "wrk" | "sockets";

/** Runs the loop to its end. The upstream counts what it did. */
export async function closedLoop(
  options: LoopOptions,
  driver: Driver = "wrk",
): Promise<void> {
  const wrk = driver === "wrk" ? onPath("wrk") : undefined;
  return await (wrk === undefined ? ownLoop(options) : runWrk(wrk, options));
}

async function runWrk(program: string, options: LoopOptions): Promise<void> {
  const { connections, folder, port, request, seconds } = options;
  const script = await Deno.makeTempFile({ dir: folder, suffix: ".lua" });
  const headers = request.headers.map(([name, value]) =>
    `wrk.headers[${JSON.stringify(name)}]=${JSON.stringify(value)}`
  );
  await Deno.writeTextFile(
    script,
    `wrk.method="POST"\nwrk.body=[==[${request.body}]==]\n${
      headers.join("\n")
    }\n`,
  );
  const { child, stdout } = spawn(program, [
    "-t1",
    `-c${connections}`,
    `-d${seconds}s`,
    ...["--timeout", "30s"],
    ...["-s", script],
    `http://127.0.0.1:${port}${request.path}`,
  ]);
  const report = await new Response(stdout).text();
  await child.stop();
  if (!report.includes("Non-2xx") && !/Socket errors/.test(report)) return;
  throw new Error(`wrk saw failures:\n${report}`);
}

async function ownLoop(options: LoopOptions): Promise<void> {
  const { connections, port, request, seconds } = options;
  const bytes = message(request, port);
  const deadline = performance.now() + seconds * 1000;
  await Promise.all(Array.from({ length: connections }, async () => {
    using conn = await connect(port);
    while (performance.now() < deadline) await exchange(conn, bytes, false);
  }));
}
