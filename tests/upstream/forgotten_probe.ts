/**
 * A program that makes handshakes with an upstream, lets go of all that came of
 * them, and prints how many of them the process still remembers.
 */
import { createConnector } from "../../lib/upstream/socket/socket.ts";
import { after } from "../support/system.ts";

declare const gc: () => void;

export interface Probe {
  readonly url: string;
  /** PEM. */
  readonly root?: string;
  readonly proxy?: string;
  /** Whether we end what opens; otherwise upstream does. */
  readonly isEnding: boolean;
  readonly count: number;
}

const probe: Probe = JSON.parse(Deno.args[0] ?? "");
const connect = createConnector({
  env: (name) => name === "HTTPS_PROXY" ? probe.proxy : undefined,
  rootCertificates: probe.root === undefined ? [] : [probe.root],
  after,
});

/** Something that lives as long as what belongs to the handshake. */
async function handshake(): Promise<WeakRef<object>> {
  const closed = Promise.withResolvers<void>();
  const handlers = {
    message: () => {},
    binary: () => {},
    close: () => closed.resolve(),
  };
  const answer = await connect({
    url: new URL(probe.url),
    headers: [],
    signal: new AbortController().signal,
    maxMessageBytes: 1000,
    handlers,
  }).catch(() => undefined);
  if (answer?.kind === "open") {
    if (probe.isEnding) answer.socket.terminate();
    await closed.promise;
  }
  return new WeakRef(handlers);
}

const all: WeakRef<object>[] = [];
for (let at = 0; at < probe.count; at++) all.push(await handshake());

const remembered = () => all.filter((each) => each.deref()).length;
for (let round = 0; round < 100 && remembered() > 0; round++) {
  await new Promise((done) => setTimeout(done, 20));
  gc();
}
// deno-lint-ignore no-console
console.log(remembered());
