/** The step function: every input in every phase, and what always holds. */
import { assert, assertEquals } from "@std/assert";
import type { Outcome } from "../../lib/accounts/pool/lease.ts";
import type { Failure } from "../../lib/failure/failure.ts";
import { step } from "../../lib/relay/websocket/session.ts";
import {
  type Effect,
  type Input,
  NEW_SESSION,
  type Session,
  type Turn,
} from "../../lib/relay/websocket/session_state.ts";
import { seeded } from "../support/random.ts";
import { prepared } from "../upstream/support.ts";

const WHOLE: Turn = { prepared: prepared(), selfContained: true };
const CONTINUED: Turn = { prepared: prepared(), selfContained: false };
const NEXT: Turn = { prepared: prepared(), selfContained: true };

const ANSWER = {
  at: "event",
  status: 200,
  headers: new Headers(),
  body: new Uint8Array(),
} as const;
const SUCCESS: Outcome = { kind: "success" };
const SPENT: Failure = {
  kind: "quota_exhausted",
  message: "spent",
  retryAfterMs: undefined,
  answer: ANSWER,
};
const REJECTED: Failure = {
  kind: "request_rejected",
  message: "no",
  answer: ANSWER,
};
const NO_ACCOUNT: Failure = { kind: "no_account", pool: { state: "empty" } };
const CLOSING = { code: 1001, reason: "bye" };

const SESSIONS = {
  idle: NEW_SESSION,
  starting: { turn: { phase: "starting", turn: WHOLE }, queue: [] },
  pending: {
    turn: { phase: "pending", turn: WHOLE, held: ["h1", "h2"], heldChars: 4 },
    queue: [],
  },
  continued: {
    turn: { phase: "pending", turn: CONTINUED, held: ["h1"], heldChars: 2 },
    queue: [],
  },
  committed: { turn: { phase: "committed" }, queue: [] },
  queued: { turn: { phase: "committed" }, queue: [NEXT] },
  closed: { turn: { phase: "closed" }, queue: [] },
} as const satisfies Record<string, Session>;

function event(type: string, outcome?: Outcome): Input {
  return { from: "upstream", text: type, type, outcome };
}

const INPUTS = {
  turn: { from: "caller", turn: NEXT },
  left: { from: "caller", closed: true },
  started: { from: "accounts", started: true },
  lost: { from: "accounts", lost: true },
  failure: { from: "accounts", failure: NO_ACCOUNT },
  created: event("response.created"),
  limits: event("codex.rate_limits"),
  unknown: event("brand_new"),
  delta: event("response.output_text.delta"),
  completed: event("response.completed", SUCCESS),
  spent: event("response.failed", { kind: "failed", failure: SPENT }),
  rejected: event("error", { kind: "failed", failure: REJECTED }),
  cut: { from: "upstream", closed: CLOSING },
  clock: { from: "clock" },
  stop: { from: "gateway", stop: CLOSING },
} as const satisfies Record<string, Input>;

type SessionName = keyof typeof SESSIONS;
type InputName = keyof typeof INPUTS;

/** Phase, turns in the queue, and effects, as words. */
const TABLE: Readonly<Record<SessionName, Record<InputName, string>>> = {
  idle: {
    turn: "starting 0: start",
    left: "closed 0: leave",
    started: "idle 0:",
    lost: "idle 0:",
    failure: "idle 0:",
    created: "idle 0: send(response.created)",
    limits: "idle 0: send(codex.rate_limits)",
    unknown: "idle 0: send(brand_new)",
    delta: "idle 0: send(response.output_text.delta)",
    completed: "idle 0:",
    spent: "idle 0:",
    rejected: "idle 0: send(error)",
    cut: "closed 0: leave close(1001)",
    clock: "idle 0:",
    stop: "closed 0: leave close(1001)",
  },
  starting: {
    turn: "starting 1:",
    left: "closed 0: leave",
    started: "pending 0:",
    lost: "idle 0: start_over",
    failure: "idle 0: refuse(no_account)",
    created: "starting 0: send(response.created)",
    limits: "starting 0: send(codex.rate_limits)",
    unknown: "starting 0: send(brand_new)",
    delta: "starting 0: send(response.output_text.delta)",
    completed: "starting 0:",
    spent: "starting 0:",
    rejected: "starting 0: send(error)",
    cut: "starting 0:",
    clock: "starting 0:",
    stop: "closed 0: leave close(1001)",
  },
  pending: {
    turn: "pending 1:",
    left: "closed 0: settle(released) leave",
    started: "pending 0:",
    lost: "pending 0:",
    failure: "pending 0:",
    created: "pending 0:",
    limits: "pending 0:",
    unknown: "pending 0:",
    delta: "committed 0: send(h1,h2,response.output_text.delta)",
    completed: "idle 0: send(h1,h2,response.completed) settle(success)",
    spent: "starting 0: settle(quota_exhausted) leave start",
    rejected: "idle 0: send(h1,h2,error) settle(request_rejected)",
    cut: "starting 0: settle(transport) leave start",
    clock: "committed 0: send(h1,h2)",
    stop: "closed 0: settle(transport) leave close(1001)",
  },
  continued: {
    turn: "pending 1:",
    left: "closed 0: settle(released) leave",
    started: "pending 0:",
    lost: "pending 0:",
    failure: "pending 0:",
    created: "pending 0:",
    limits: "pending 0:",
    unknown: "pending 0:",
    delta: "committed 0: send(h1,response.output_text.delta)",
    completed: "idle 0: send(h1,response.completed) settle(success)",
    spent: "idle 0: settle(quota_exhausted) leave start_over",
    rejected: "idle 0: send(h1,error) settle(request_rejected)",
    cut: "idle 0: settle(transport) leave start_over",
    clock: "committed 0: send(h1)",
    stop: "closed 0: settle(transport) leave close(1001)",
  },
  committed: {
    turn: "committed 1:",
    left: "closed 0: settle(released) leave",
    started: "committed 0:",
    lost: "committed 0:",
    failure: "committed 0:",
    created: "committed 0: send(response.created)",
    limits: "committed 0: send(codex.rate_limits)",
    unknown: "committed 0: send(brand_new)",
    delta: "committed 0: send(response.output_text.delta)",
    completed: "idle 0: send(response.completed) settle(success)",
    spent: "idle 0: send(response.failed) settle(quota_exhausted)",
    rejected: "idle 0: send(error) settle(request_rejected)",
    cut: "closed 0: settle(transport) leave close(1001)",
    clock: "committed 0:",
    stop: "closed 0: settle(transport) leave close(1001)",
  },
  queued: {
    turn: "committed 2:",
    left: "closed 0: settle(released) leave",
    started: "committed 1:",
    lost: "committed 1:",
    failure: "committed 1:",
    created: "committed 1: send(response.created)",
    limits: "committed 1: send(codex.rate_limits)",
    unknown: "committed 1: send(brand_new)",
    delta: "committed 1: send(response.output_text.delta)",
    completed: "starting 0: send(response.completed) settle(success) start",
    spent: "starting 0: send(response.failed) settle(quota_exhausted) start",
    rejected: "starting 0: send(error) settle(request_rejected) start",
    cut: "closed 0: settle(transport) leave close(1001)",
    clock: "committed 1:",
    stop: "closed 0: settle(transport) leave close(1001)",
  },
  closed: {
    turn: "closed 0:",
    left: "closed 0:",
    started: "closed 0:",
    lost: "closed 0:",
    failure: "closed 0:",
    created: "closed 0:",
    limits: "closed 0:",
    unknown: "closed 0:",
    delta: "closed 0:",
    completed: "closed 0:",
    spent: "closed 0:",
    rejected: "closed 0:",
    cut: "closed 0:",
    clock: "closed 0:",
    stop: "closed 0:",
  },
};

for (const [phase, session] of entries(SESSIONS)) {
  Deno.test(`every input while ${phase}`, () => {
    for (const [name, input] of entries(INPUTS)) {
      const before = JSON.stringify(session);
      const [after, effects] = step(session, input);
      assertEquals(words(after, effects), TABLE[phase][name], name);
      assertEquals(JSON.stringify(session), before, "steps change nothing");
    }
  });
}

Deno.test("the window ends at 256 KiB and not before", () => {
  const text = "x".repeat(131_072);
  const input: Input = {
    from: "upstream",
    text,
    type: "codex.x",
    outcome: undefined,
  };
  let [session, effects] = step(SESSIONS.starting, INPUTS.started);
  [session, effects] = step(session, input);
  [session, effects] = step(session, input);
  assertEquals([session.turn.phase, effects.length], ["pending", 0]);
  [session, effects] = step(session, input);
  assertEquals(session.turn.phase, "committed");
  assertEquals(effects, [{ do: "send", texts: [text, text, text] }]);
});

Deno.test("the window ends at a thousand messages, though they be empty", () => {
  const input: Input = {
    from: "upstream",
    text: "",
    type: "",
    outcome: undefined,
  };
  let [session, effects] = step(SESSIONS.starting, INPUTS.started);
  for (let count = 0; count < 1000; count++) {
    [session, effects] = step(session, input);
    assertEquals([session.turn.phase, effects.length], ["pending", 0]);
  }
  [session, effects] = step(session, input);
  assertEquals(session.turn.phase, "committed");
});

Deno.test("the seventeenth turn in the queue closes the session", () => {
  let session: Session = SESSIONS.committed;
  let effects: readonly Effect[] = [];
  for (let count = 0; count < 16; count++) {
    [session, effects] = step(session, INPUTS.turn);
    assertEquals(effects, []);
  }
  [session, effects] = step(session, INPUTS.turn);
  assertEquals(
    words(session, effects),
    "closed 0: settle(released) leave " +
      "close(1008)",
  );
});

Deno.test("turns in the queue begin in order", () => {
  const turns = Array.from({ length: 5 }, (_, n) => ({
    prepared: prepared(),
    selfContained: n % 2 === 0,
  }));
  let session: Session = NEW_SESSION;
  const begun: Turn[] = [];
  const apply = (input: Input) => {
    const [next, effects] = step(session, input);
    session = next;
    for (const effect of effects) {
      if (effect.do === "start") begun.push(effect.turn);
    }
  };
  for (const turn of turns) apply({ from: "caller", turn });
  for (let turn = 0; turn < 5; turn++) {
    apply(INPUTS.started);
    apply(INPUTS.completed);
  }
  assertEquals(begun.length, 5);
  begun.forEach((turn, at) => assert(turn === turns[at]));
  assertEquals(session, NEW_SESSION);
});

Deno.test("whatever comes in whatever order, the promises hold", () => {
  for (let seed = 1; seed <= 3000; seed++) walk(seed);
});

/**
 * Plays inputs at random against a model of what the caller and the accounts
 * may see. Upstream speaks only while a turn is with it, as sockets do.
 */
function walk(seed: number): void {
  const random = chance(seed);
  const names = entries(INPUTS).map(([name]) => name);
  let session: Session = NEW_SESSION;
  let serial = 0;
  let leased = false;
  let closed = false;
  let starts = 0;
  let overs = 0;
  let refusals = 0;
  let asked = 0;
  const tries = new Map<Turn, number>();
  const startOvers = new Map<Turn, number>();
  let current: Turn | undefined;
  /** Heard on the lease at hand, sent or held. */
  let heard: string[] = [];
  let sent: string[] = [];

  for (let count = 0; count < 60; count++) {
    const name = names[Math.floor(random() * names.length)];
    if (name === undefined) return;
    // Ends come seldom, so that walks get somewhere.
    if ((name === "left" || name === "stop") && random() < 0.9) continue;
    let input: Input = INPUTS[name];
    const { phase } = session.turn;
    if (name === "turn") {
      input = {
        from: "caller",
        turn: { prepared: prepared(), selfContained: random() < 0.5 },
      };
      asked++;
    }
    if ("text" in input) {
      if (!leased) continue;
      input = { ...input, text: `${seed}:${serial++}` };
      heard.push(input.text);
    }
    const [after, effects] = step(session, input);
    const where = `seed ${seed}, input ${count} ${name} while ${phase}`;
    assert(after.queue.length <= 16, where);
    if (name === "started" && phase === "starting") {
      assert(!leased, where);
      [leased, heard, sent] = [true, [], []];
    }
    for (const effect of effects) {
      assert(!closed, `${effect.do} after the end: ${where}`);
      switch (effect.do) {
        case "start":
          assert(!leased, where);
          current = effect.turn;
          tries.set(current, (tries.get(current) ?? 0) + 1);
          starts++;
          break;
        case "send":
          assert(effect.texts.length > 0, where);
          assert(leased, where);
          sent.push(...effect.texts);
          assertEquals(sent, heard.slice(0, sent.length), where);
          break;
        case "settle":
          assert(leased, `settled twice: ${where}`);
          leased = false;
          if (effect.outcome.kind === "success") assertEquals(sent, heard);
          break;
        case "start_over":
          assert(!leased && current, where);
          if (name !== "lost") assert(!current.selfContained, where);
          if (name !== "lost") assertEquals(sent, [], where);
          startOvers.set(current, (startOvers.get(current) ?? 0) + 1);
          overs++;
          break;
        case "refuse":
          refusals++;
          break;
        case "close":
          assertEquals(after.turn.phase, "closed", where);
          break;
        case "leave":
          break;
      }
    }
    if (after.turn.phase === "closed") {
      assert(!leased, `never settled: ${where}`);
      closed = true;
    }
    const withUpstream = after.turn.phase === "pending" ||
      after.turn.phase === "committed";
    assertEquals(leased, withUpstream, where);
    session = after;
  }
  for (const times of startOvers.values()) assertEquals(times, 1);
  assert(tries.size <= asked && overs + refusals <= starts);
}

function words(session: Session, effects: readonly Effect[]): string {
  const head = `${session.turn.phase} ${session.queue.length}:`;
  return [head, ...effects.map(word)].join(" ");
}

function word(effect: Effect): string {
  switch (effect.do) {
    case "send":
      return `send(${effect.texts.join()})`;
    case "settle":
      return `settle(${
        "failure" in effect.outcome
          ? effect.outcome.failure.kind
          : effect.outcome.kind
      })`;
    case "refuse":
      return `refuse(${effect.failure.kind})`;
    case "close":
      return `close(${effect.closing.code})`;
    case "reject":
      return `reject(${effect.mistake})`;
    case "forward":
      return `forward(${effect.frame})`;
    case "start":
    case "leave":
    case "start_over":
      return effect.do;
  }
}

function entries<K extends string, V>(
  record: Readonly<Record<K, V>>,
): readonly [K, V][] {
  const keys: K[] = [];
  for (const key in record) keys.push(key);
  return keys.map((key) => [key, record[key]]);
}

/** Numbers in [0, 1). */
function chance(seed: number): () => number {
  const { int } = seeded(seed);
  return () => int(1_000_000) / 1_000_000;
}
