/** What goes wrong before, or in, the head of an answer. */
import { wholeTurn } from "./script.ts";
import type { HttpFault } from "./fault.ts";
import { sayTurn } from "./streams.ts";

export const HEAD_FAULTS: readonly HttpFault[] = [
  {
    name: "reset before the head",
    blame: "network",
    play: ({ out }) => out.reset(),
  },
  {
    name: "closed before the head",
    blame: "network",
    play: ({ out }) => out.hangUp(),
  },
  {
    name: "half a head",
    blame: "network",
    only: "http1",
    play: async ({ out, random }) => {
      const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
      await out.connection?.raw(head.slice(0, 1 + random.int(head.length - 2)));
      await out.hangUp();
    },
  },
  {
    name: "a head in pieces",
    blame: "nothing",
    only: "http1",
    needs: "stream",
    play: async (stage) => {
      const { out, speech, random } = stage;
      const head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
      for (const char of head) await out.connection?.raw(char);
      for (const { bytes } of wholeTurn(speech, random)) {
        await out.connection?.raw(bytes);
      }
      await out.hangUp();
    },
  },
  {
    name: "a late head",
    blame: "nothing",
    isLong: true,
    play: async (stage) => {
      const { clock, random, out } = stage;
      await clock.wait(random.int(20_000), out.gone);
      await sayTurn(stage);
    },
  },
  {
    name: "no head at all",
    blame: "silence",
    isLong: true,
    play: async ({ out, clock }) => {
      await clock.wait(700_000, out.gone);
      await out.hangUp();
    },
  },
  {
    name: "something that is no HTTP",
    blame: "network",
    only: "http1",
    play: async ({ out, random }) => {
      await out.connection?.raw(random.pick(GARBAGE));
      await out.hangUp();
    },
  },
  {
    name: "early hints",
    blame: "nothing",
    only: "http1",
    needs: "stream",
    play: async (stage) => {
      await stage.out.inform(103, [["link", "</x>; rel=preload"]]);
      await sayTurn(stage);
    },
  },
  {
    name: "odd header lines",
    blame: "nothing",
    needs: "stream",
    play: (stage) =>
      sayTurn(stage, [
        ["x-note", "caf\u00e9"],
        ["x-empty", ""],
        ["x-long", "x".repeat(8_000)],
        ["retry-after", "soon"],
        ["x-codex-primary-used-percent", "NaN"],
        ["x-codex-primary-reset-at", "99999999999999999999"],
      ]),
  },
  {
    name: "cookies",
    blame: "nothing",
    needs: "stream",
    play: (stage) => {
      const { owner, random } = stage;
      return sayTurn(stage, [
        ["set-cookie", `__cf_bm=chaos-${owner}; Path=/; Secure; HttpOnly`],
        ["set-cookie", `_cfuvid=chaos-${owner}-2; Path=/`],
        ["set-cookie", random.pick(COOKIES)],
      ]);
    },
  },
  {
    name: "a turn state",
    blame: "nothing",
    needs: "stream",
    play: (stage) =>
      sayTurn(stage, [["x-codex-turn-state", `chaos-${stage.owner}`]]),
  },
];

const COOKIES: readonly string[] = [
  "cf_clearance=; Max-Age=0",
  "__cflb=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
  "=; ;",
  "other=1; Domain=example.com",
  `__cf_bm=${"x".repeat(6_000)}`,
];

const GARBAGE: readonly string[] = [
  "SSH-2.0-OpenSSH_9.9\r\n",
  "HTTP/9.9 200 OK\r\n\r\n",
  "HTTP/1.1 2OO OK\r\n\r\n",
  "\0\0\0\0\0\0\0\0",
  "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n bad\r\n\r\n0\r\n\r\n",
  "\x15\x03\x01\x00\x02\x02\x16",
];
