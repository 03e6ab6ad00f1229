import { assertEquals } from "@std/assert";
import { OUTBOX_LOOK_MS } from "../../lib/limits.ts";
import { type CallerSocket, Outbox } from "../../lib/relay/websocket/outbox.ts";
import { FakeClock } from "../support/clock.ts";

const MIB = 1024 * 1024;

/** A socket and an outbox that write down what is done with them. */
class Desk implements CallerSocket {
  readyState: number = WebSocket.CONNECTING;
  bufferedAmount = 0;
  readonly done: string[] = [];
  readonly clock = new FakeClock();
  readonly outbox: Outbox;
  #open = () => {};

  constructor() {
    this.outbox = new Outbox({
      pause: () => this.done.push("pause"),
      resume: () => this.done.push("resume"),
      after: this.clock.after,
    });
  }

  send(text: string): void {
    this.done.push(text);
  }

  close(code: number, reason: string): void {
    this.readyState = WebSocket.CLOSING;
    this.done.push(`close ${code} ${reason}`.trimEnd());
  }

  addEventListener(_type: "open", listener: () => void): void {
    this.#open = listener;
  }

  open(): void {
    this.readyState = WebSocket.OPEN;
    this.#open();
  }
}

Deno.test("frames wait for the socket, then go in order", () => {
  const desk = new Desk();
  desk.outbox.send("1");
  desk.outbox.attach(desk);
  desk.outbox.send("2");
  assertEquals(desk.done, []);
  desk.open();
  desk.outbox.send("3");
  assertEquals(desk.done, ["1", "2", "3"]);
});

Deno.test("a close waits behind the frames, and is the last word", () => {
  const desk = new Desk();
  desk.outbox.send("1");
  desk.outbox.close({ code: 1012, reason: "stop" });
  desk.outbox.close({ code: 1000, reason: "again" });
  desk.outbox.send("2");
  desk.outbox.attach(desk);
  desk.open();
  desk.outbox.send("3");
  assertEquals(desk.done, ["1", "close 1012 stop"]);
});

Deno.test("a socket that is open when it comes gets its frames at once", () => {
  const desk = new Desk();
  desk.outbox.send("1");
  desk.readyState = WebSocket.OPEN;
  desk.outbox.attach(desk);
  assertEquals(desk.done, ["1"]);
});

const CODES: readonly [received: number, sent: string][] = [
  [0, "close 1011 r"],
  [1000, "close 1000 r"],
  [1004, "close 1002 r"],
  [1005, "close 1000 r"],
  [1006, "close 1011 r"],
  [1015, "close 1011 r"],
  [2999, "close 1002 r"],
  [4999, "close 4999 r"],
  [5000, "close 1002 r"],
];

for (const [received, sent] of CODES) {
  Deno.test(`upstream's ${received} is passed on as "${sent}"`, () => {
    const desk = new Desk();
    desk.outbox.attach(desk);
    desk.open();
    desk.outbox.close({ code: received, reason: "r" });
    assertEquals(desk.done, [sent]);
  });
}

Deno.test("a reason is cut to what a close frame holds", () => {
  const desk = new Desk();
  desk.outbox.attach(desk);
  desk.open();
  desk.outbox.close({ code: 1000, reason: "€".repeat(100) });
  assertEquals(desk.done, [`close 1000 ${"€".repeat(41)}`]);
});

Deno.test("a slow caller pauses upstream until it has caught up", () => {
  const desk = new Desk();
  desk.outbox.attach(desk);
  desk.open();
  desk.bufferedAmount = 4 * MIB;
  desk.outbox.send("fits");
  desk.bufferedAmount = 4 * MIB + 1;
  desk.outbox.send("high");
  desk.bufferedAmount = 2 * MIB;
  desk.clock.pass(OUTBOX_LOOK_MS);
  desk.clock.pass(OUTBOX_LOOK_MS);
  assertEquals(desk.done, ["fits", "high", "pause"]);
  desk.bufferedAmount = MIB - 1;
  desk.clock.pass(OUTBOX_LOOK_MS);
  assertEquals(desk.done, ["fits", "high", "pause", "resume"]);
  assertEquals(desk.clock.timers, 0);
});

Deno.test("another connection that fills the outbox is paused too", () => {
  const desk = new Desk();
  desk.outbox.attach(desk);
  desk.open();
  desk.bufferedAmount = 5 * MIB;
  desk.outbox.send("of one");
  desk.outbox.send("of another");
  assertEquals(desk.done, ["of one", "pause", "of another", "pause"]);
  assertEquals(desk.clock.timers, 1);
});

for (const how of ["close", "stop"] as const) {
  Deno.test(`no timer is left behind a ${how}`, () => {
    const desk = new Desk();
    desk.outbox.attach(desk);
    desk.open();
    desk.bufferedAmount = 5 * MIB;
    desk.outbox.send("x");
    assertEquals(desk.clock.timers, 1);
    if (how === "close") desk.outbox.close({ code: 1000, reason: "" });
    else desk.outbox.stop();
    assertEquals(desk.clock.timers, 0);
  });
}

Deno.test("nothing is sent on a socket that is closing", () => {
  const desk = new Desk();
  desk.outbox.attach(desk);
  desk.open();
  desk.readyState = WebSocket.CLOSED;
  desk.outbox.send("x");
  desk.outbox.close({ code: 1000, reason: "" });
  assertEquals(desk.done, []);
  assertEquals(desk.outbox.isOpen, false);
});
