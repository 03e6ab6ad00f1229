/**
 * The side of the benchmark's upstream that speaks TLS: HTTP/2, and HTTP/1.1
 * to nginx, which asks no upstream for HTTP/2.
 *
 * Answers turns only.
 */
import { DELTA_EVENTS, PLAIN } from "./answer.ts";
import type { Plan } from "./plan.ts";
import { SERVER_CERTIFICATE, SERVER_KEY } from "./tls_files.ts";

/** What `upstream.ts` provides. */
export interface TlsHooks {
  readonly plan: () => Plan;
  /** Counts a request. */
  readonly asked: () => void;
  /** Counts the events that were sent. */
  readonly sent: (count: number) => void;
  /** Writes deltas at the plan's pace. Resolves after the last one. */
  readonly atPace: (
    plan: Plan,
    delta: (index: number) => Uint8Array,
    write: (bytes: Uint8Array) => Promise<void>,
  ) => Promise<void>;
}

/** Returns the port. */
export function serveTls(hooks: TlsHooks): number {
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    cert: Deno.readTextFileSync(SERVER_CERTIFICATE),
    key: Deno.readTextFileSync(SERVER_KEY),
    onListen() {},
  }, (request) => answer(request, hooks));
  return server.addr.port;
}

async function answer(request: Request, hooks: TlsHooks): Promise<Response> {
  await request.bytes();
  if (!request.url.endsWith("/responses")) {
    return new Response(null, { status: 404 });
  }
  hooks.asked();
  return new Response(events(hooks), {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-cache",
      "x-request-id": "req_bench",
    },
  });
}

function events(
  { atPace, plan, sent }: TlsHooks,
): ReadableStream<Uint8Array> {
  const current = plan();
  const [atFirst, atLast] = PLAIN.events;
  const send = async (
    controller: ReadableStreamDefaultController<Uint8Array>,
  ) => {
    sent(atFirst);
    controller.enqueue(PLAIN.firstEvents);
    if (current.deltas > 0) {
      await atPace(
        current,
        delta,
        // Fails when the proxy has gone.
        (bytes) => Promise.try(() => controller.enqueue(bytes)),
      );
    }
    sent(atLast);
    controller.enqueue(PLAIN.lastEvents);
    controller.close();
  };
  return new ReadableStream({
    start(controller) {
      send(controller).catch(() => {});
    },
  });
}

function delta(index: number): Uint8Array {
  return DELTA_EVENTS[index % DELTA_EVENTS.length] ?? PLAIN.lastEvents;
}
