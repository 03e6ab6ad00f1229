/** What a handshake may be answered instead of 101. */
import type { HandshakeFault } from "./fault.ts";
import { answerOf, REFUSALS } from "./statuses.ts";

const REFUSED: readonly HandshakeFault[] = REFUSALS.map((refusal) => ({
  name: refusal.name,
  blame: refusal.blame,
  play: async ({ refuse }) => {
    const { lines, text } = answerOf(refusal, "handshake");
    await refuse(refusal.status, lines, text);
  },
}));

const STATUSES: readonly HandshakeFault[] = [200, 204, 302, 405, 426, 501].map(
  (status) => ({
    name: String(status),
    // No websockets here, whoever asks: the client goes elsewhere.
    blame: "request",
    play: ({ refuse }) => refuse(status, [], ""),
  }),
);

export const HANDSHAKE_FAULTS: readonly HandshakeFault[] = [
  ...REFUSED,
  ...STATUSES,
  {
    name: "a wrong key",
    blame: "network",
    play: ({ accept }) => accept([], "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
  },
  {
    name: "an extension nobody offered",
    blame: "network",
    play: ({ accept }) => accept([["sec-websocket-extensions", "x-unknown"]]),
  },
  {
    name: "half a head",
    blame: "network",
    play: async ({ raw, random, hangUp }) => {
      const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n";
      await raw(head.slice(0, 1 + random.int(head.length)));
      hangUp();
    },
  },
  {
    name: "hung up",
    blame: "network",
    play: ({ hangUp }) => Promise.resolve(hangUp()),
  },
  {
    name: "something that is no HTTP",
    blame: "network",
    play: async ({ raw, random, hangUp }) => {
      await raw(
        random.pick(["\0\0\0\0", "HTTP/1.1 1O1 x\r\n\r\n", "SSH-2.0\n"]),
      );
      hangUp();
    },
  },
  {
    name: "no answer",
    blame: "silence",
    isLong: true,
    play: async ({ clock, gone, hangUp }) => {
      await clock.wait(60_000, gone);
      hangUp();
    },
  },
];
