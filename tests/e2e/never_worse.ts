/**
 * Never worse than no gateway: what the official client shows when something
 * goes wrong, directly and through the gateway with one account and three.
 *
 * Whatever ends well directly must end well through the gateway. Time is shown,
 * and held to a second more only when it is measured by itself, with
 * `CODAZE_NEVER_WORSE=measure`, which also plays the cases that take minutes.
 */
import { assert, assertEquals } from "@std/assert";
import { atOnce } from "./support/at_once.ts";
import { OUTAGE_CASES, type Transport } from "./support/outage_cases.ts";
import { type Accounts, ANSWER, type Seen, seenIn } from "./support/outages.ts";

const MEASURES = Deno.env.get("CODAZE_NEVER_WORSE") === "measure";
const ACCOUNTS: readonly Accounts[] = [0, 1, 3];
const BOTH: readonly Transport[] = ["sse", "websocket"];

/** Through the gateway a turn may take this much longer than directly. */
const ALLOWANCE_MS = 1000;

/** Part of a name; default all of them. */
const ONLY = Deno.env.get("CODAZE_NEVER_WORSE_ONLY") ?? "";

const RUNS = OUTAGE_CASES.filter(({ quick }) => MEASURES || quick)
  .filter(({ name }) => name.includes(ONLY))
  .flatMap((one) =>
    (one.transports ?? BOTH).map((transport) => ({ one, transport }))
  );

const LONG = { timeout: 60 * 60 * 1000 };

Deno.test(
  "whatever happens, the client fares no worse through the gateway",
  LONG,
  async (t) => {
    const rows = await atOnce(MEASURES ? 1 : 3, RUNS, async (run) => {
      const seen = await Promise.all(
        ACCOUNTS.map((accounts) => seenIn(run.one, run.transport, accounts)),
      );
      return { ...run, seen };
    });
    for (const { one, transport, seen } of rows) {
      const [direct, ...others] = seen;
      assert(direct);
      await t.step(`${one.name}, ${transport}`, () => {
        for (const through of others) {
          if (direct.code !== 0) return;
          assertEquals([through.code, through.stdout], [0, `${ANSWER}\n`]);
          if (!MEASURES) continue;
          const more = through.ms - direct.ms;
          assert(more <= ALLOWANCE_MS, `${more} ms more than directly`);
        }
      });
    }
    const table = rows.map(({ one, transport, seen }) =>
      `| ${[one.name, transport, ...seen.map(shown)].join(" | ")} |`
    );
    // deno-lint-ignore no-console
    console.log([
      "| What happens | Transport | Direct | 1 account | 3 accounts |",
      "| - | - | - | - | - |",
      ...table,
    ].join("\n"));
  },
);

function shown({ code, ms, complaints }: Seen): string {
  const told = complaints.length === 0
    ? ""
    : `, ${complaints.length} lines: "${complaints.at(-1)?.slice(0, 60)}"`;
  return `${(ms / 1000).toFixed(1)} s${
    code === 0 ? "" : `, exit ${code}`
  }${told}`;
}
