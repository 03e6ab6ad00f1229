/** A broken message of upstream costs its own turn, and nobody else's. */
import { assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import { Caller, createFrame, said } from "../support/caller.ts";
import { DEADLINE } from "../support/deadline.ts";
import { frame, OPCODE } from "../support/frames.ts";
import { startTestGateway } from "../support/gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "../support/quiet.ts";
import { type Peer, rawServer } from "../support/raw_websocket.ts";

const DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate";

/** Compressed, and no deflate. */
const BROKEN = frame(OPCODE.text, Uint8Array.of(6, 6, 6), { rsv: 4 });

function created(id: string) {
  return event({ type: "response.created", response: { id } });
}

function delta(text: string) {
  return event({ type: "response.output_text.delta", delta: text });
}

function completed(id: string) {
  return event({ type: "response.completed", response: { id } });
}

function event(body: unknown) {
  return frame(OPCODE.text, JSON.stringify(body));
}

Deno.test(
  "a damaged message ends its own session, in the middle of another's turn",
  DEADLINE,
  async () => {
    const go = Promise.withResolvers<void>();
    let count = 0;
    await using server = rawServer(async (peer: Peer) => {
      const number = ++count;
      await peer.accept([DEFLATE]);
      await peer.read();
      await peer.write(concat([created(`r${number}`), delta("one ")]));
      if (number === 2) {
        await peer.write(BROKEN);
        return await peer.ended();
      }
      await go.promise;
      await peer.write(concat([delta("two"), completed(`r${number}`)]));
      await peer.ended();
    });
    await using test = await startTestGateway({
      accounts: ["a", "b"],
      warm: true,
      upstream: `http://127.0.0.1:${server.port}`,
    });
    using unharmed = await Caller.open(test);
    await unharmed.send(createFrame());
    assertEquals((await unharmed.next())?.type, "response.created");

    using harmed = await Caller.open(test);
    const events = await harmed.turn();
    assertEquals(said(events), "one ");
    assertEquals(events.at(-1)?.type, "response.output_text.delta");
    assertEquals(harmed.closed?.code, 1011);

    go.resolve();
    const rest = await unharmed.answer();
    assertEquals(said(rest), "one two");
    assertEquals(rest.at(-1)?.type, "response.completed");
    await unharmed.close(1000);
    await unharmed.end();
    await assertNobodyBlamed(test);
  },
);

Deno.test(
  "a damaged message before content moves the turn to a new connection",
  DEADLINE,
  async () => {
    let count = 0;
    await using server = rawServer(async (peer: Peer) => {
      const number = ++count;
      await peer.accept([DEFLATE]);
      await peer.read();
      await peer.write(created(`r${number}`));
      await peer.write(
        number === 1 ? BROKEN : concat([delta("whole"), completed("r2")]),
      );
      await peer.ended();
    });
    await using test = await startTestGateway({
      warm: true,
      upstream: `http://127.0.0.1:${server.port}`,
    });
    using caller = await Caller.open(test);
    const events = await caller.turn();
    assertEquals(said(events), "whole");
    assertEquals(events.map(({ type }) => type), [
      "response.created",
      "response.output_text.delta",
      "response.completed",
    ]);
    await caller.close(1000);
    await caller.end();
    await assertQuiet(test);
    await assertNobodyBlamed(test);
  },
);
