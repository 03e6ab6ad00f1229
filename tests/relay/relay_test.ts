/** What a relay does to a controller that the runtime gives it. */
import { assertEquals } from "@std/assert";
import { Lease, type Outcome } from "../../lib/accounts/pool/lease.ts";
import { SseScanner } from "../../lib/protocol/sse.ts";
import { ChunkReader } from "../../lib/relay/chunks.ts";
import { LimitsFilter } from "../../lib/relay/limits_filter.ts";
import { Outage } from "../../lib/relay/outage.ts";
import { Relay } from "../../lib/relay/stream.ts";
import { RecentTurns } from "../../lib/relay/recent_turns.ts";
import { TurnCounts } from "../../lib/relay/turn_counts.ts";
import { TurnRecord } from "../../lib/relay/turn_record.ts";
import { account } from "../support/accounts.ts";
import { silentRuntime } from "../support/silent_runtime.ts";
import { type Bytes, CREATED } from "../support/turns.ts";
import { prepared } from "../upstream/support.ts";

const runtime = silentRuntime();

Deno.test("a caller that is found gone at the last word is not closed again", () => {
  const outcomes: Outcome["kind"][] = [];
  const counts = new TurnCounts();
  const scanner = new SseScanner(() => true);
  const relay = new Relay({
    status: 200,
    headers: new Headers(),
    held: CREATED,
    ending: undefined,
    hasContent: false,
    endsWithBody: false,
    chunks: new ChunkReader(new ReadableStream({ type: "bytes" })),
    scanner,
    outlet: new LimitsFilter(scanner, () => undefined),
  }, {
    runtime,
    lease: new Lease(account("a"), ({ kind }) => outcomes.push(kind)),
    record: new TurnRecord({
      request: "r",
      prepared: prepared(),
      transport: "sse",
    }, {
      runtime,
      counts,
      ledger: { add() {} },
      outage: new Outage(runtime),
      recent: new RecentTurns(),
    }),
    voice: { failure: () => CREATED, keepalive: undefined },
    keepaliveMs: 60_000,
    idleMs: 60_000,
  });
  const done: string[] = [];
  relay.start({
    desiredSize: 0,
    enqueue(_: Bytes) {
      done.push("enqueue");
      // As the runtime does when the connection is broken.
      if (done.length === 2) relay.cancel();
    },
    close: () => done.push("close"),
    error: () => done.push("error"),
  });
  relay.end("the gateway was stopped");
  relay.end("again");
  assertEquals(done, ["enqueue", "enqueue"]);
  assertEquals(outcomes, ["failed"]);
  assertEquals([counts.open, counts.turns.sse.total], [0, 1]);
});
