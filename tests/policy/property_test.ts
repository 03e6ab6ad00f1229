/** What holds for the decision about any pool: 10,000 of them by chance. */
import { assert, assertEquals } from "@std/assert";
import { decide } from "../../lib/policy/decide.ts";
import type {
  AccountView,
  Decision,
  DecisionInput,
} from "../../lib/policy/input.ts";
import { isRunning, left, mainWindow } from "../../lib/policy/windows.ts";
import { type Random, seeded } from "../support/random.ts";
import { DAY, NOW, randomInput, shuffled } from "./views.ts";

const POOLS = 10_000;

/** Fails with the input that shows it. Returns how often `check` was true. */
function forEachPool(
  seed: number,
  check: (input: DecisionInput, random: Random) => boolean,
): number {
  const random = seeded(seed);
  let counted = 0;
  for (let pool = 0; pool < POOLS; pool++) {
    const input = randomInput(random);
    try {
      if (check(input, random)) counted++;
    } catch (error) {
      const text = JSON.stringify(input);
      throw new Error(`pool ${pool} of seed ${seed}: ${text}`, {
        cause: error,
      });
    }
  }
  return counted;
}

/** Those that nothing keeps out. */
function eligibleOf(
  { accounts }: DecisionInput,
  { out }: Decision,
): readonly AccountView[] {
  return accounts.filter(({ id }) => !out.some((one) => one.id === id));
}

Deno.test("the order of the accounts changes no decision", () => {
  const chosen = forEachPool(1, (input, random) => {
    const decision = decide(input);
    const accounts = shuffled(input.accounts, random);
    assertEquals(decide({ ...input, accounts }), decision);
    return decision.account !== undefined;
  });
  assert(chosen > POOLS / 2, `${chosen}`);
});

Deno.test("a decision that was recorded is made again", () => {
  forEachPool(2, (input) => {
    const recorded: DecisionInput = JSON.parse(JSON.stringify(input));
    assertEquals(decide(recorded), decide(input));
    return true;
  });
});

Deno.test("other ids in the same order give the same decision", () => {
  forEachPool(3, (input) => {
    const renamed = (id: string) => `account-${id}-1`;
    const maybe = (id: string | undefined) => id && renamed(id);
    const decision = decide(input);
    assertEquals(
      decide({
        ...input,
        owner: maybe(input.owner),
        standIn: maybe(input.standIn),
        lastPicked: maybe(input.lastPicked),
        tried: input.tried.map(renamed),
        accounts: input.accounts.map((one) => ({
          ...one,
          id: renamed(one.id),
        })),
      }),
      {
        ...decision,
        account: maybe(decision.account),
        out: decision.out.map(({ id, why }) => ({ id: renamed(id), why })),
      },
    );
    return true;
  });
});

Deno.test("what may not serve never does while another may", () => {
  const kept = forEachPool(4, (input) => {
    const decision = decide(input);
    const { account: id, rule } = decision;
    const eligible = eligibleOf(input, decision);
    if (rule === "in_turn") {
      assert(input.inTurn && id === input.owner);
      return false;
    }
    if (eligible.length === 0) {
      assert(id === undefined || rule === "last_resort");
      return false;
    }
    const account = eligible.find((one) => one.id === id);
    assert(account);
    assertEquals(account.readiness, "ready");
    assert(!account.paused && !input.tried.includes(account.id));
    const isOverKeep = (account.windows ?? []).some((window) =>
      account.keep > 0 && restOf(window) <= account.keep
    );
    const isSpent = (account.windows ?? []).some((window) =>
      restOf(window) <= 0
    );
    assert(!isOverKeep && (!isSpent || account.hasCredits));
    return decision.out.length > 0;
  });
  assert(kept > POOLS / 4, `${kept}`);
});

/** Not that of the program: a property must not trust what it tests. */
function restOf(
  { used, resetsAt = Infinity }: { used: number; resetsAt: number | undefined },
): number {
  return resetsAt <= NOW ? 100 : 100 - used;
}

Deno.test("nobody asks a paused account, or one that was tried, to begin", () => {
  forEachPool(5, (input) => {
    const { account: id, rule } = decide(input);
    const account = input.accounts.find((one) => one.id === id);
    if (account === undefined) return false;
    assert(!input.tried.includes(account.id));
    assert(!account.paused || rule === "in_turn");
    return true;
  });
});

Deno.test("a session stays while its owner may serve", () => {
  const stayed = forEachPool(6, (input) => {
    const decision = decide(input);
    const owner = eligibleOf(input, decision)
      .find(({ id }) => id === input.owner);
    if (owner === undefined) return false;
    assertEquals([decision.account, decision.rule], [owner.id, "owner"]);
    return true;
  });
  assert(stayed > POOLS / 10, `${stayed}`);
});

Deno.test("an account more never leaves a pool without one", () => {
  const added = forEachPool(7, (input) => {
    const [added, ...others] = input.accounts;
    const decision = decide({ ...input, accounts: others });
    if (added === undefined || decision.account === undefined) return false;
    assert(decide(input).account !== undefined);
    return true;
  });
  assert(added > POOLS / 4, `${added}`);
});

Deno.test("more used of one account never gets it chosen as expiring", () => {
  const seen = forEachPool(8, (input, random) => {
    const before = decide(input);
    const raised = random.pick(input.accounts);
    const accounts = input.accounts.map((one) =>
      one.id === raised.id ? withMoreUsed(one, random) : one
    );
    const after = decide({ ...input, accounts });
    if (after.account !== raised.id || after.rule !== "expiring") return false;
    assertEquals(before.account, raised.id);
    return true;
  });
  assert(seen > POOLS / 100, `${seen}`);
});

/** In those that run: one that does not has used nothing. */
function withMoreUsed(account: AccountView, random: Random): AccountView {
  const windows = account.windows?.map((window) => ({
    ...window,
    used: isRunning(window, NOW)
      ? window.used + random.int(101 - window.used)
      : window.used,
  }));
  return { ...account, windows };
}

Deno.test("an unknown account never stands before a roomy one that expires within a day", () => {
  const seen = forEachPool(9, (random) => {
    const input: DecisionInput = { ...random, policy: "quota" };
    const decision = decide(input);
    const eligible = eligibleOf(input, decision);
    const chosen = eligible.find(({ id }) => id === decision.account);
    const expires = eligible.some((account) =>
      account.priority === chosen?.priority && isRoomyAndExpires(account)
    );
    if (!expires || decision.rule === "owner") return false;
    assert(chosen?.windows !== undefined || decision.rule === "open");
    return true;
  });
  assert(seen > POOLS / 50, `${seen}`);
});

function isRoomyAndExpires(account: AccountView): boolean {
  const main = mainWindow(account);
  return main !== undefined && isRunning(main, NOW) &&
    left(main, NOW) <= DAY &&
    (account.windows ?? []).every((window) => restOf(window) > 10);
}
