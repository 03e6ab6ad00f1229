/**
 * What the official client shows of limits: those of the pool, never of one
 * account, over both transports, and with `chatgpt_base_url` in `/status` too.
 */
import { assert, assertEquals } from "@std/assert";
import {
  type JsonObject,
  numberField,
  objectField,
  parseObject,
  stringField,
} from "../../lib/protocol/json.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { AppServer } from "./support/app_server.ts";
import { Codex } from "./support/codex.ts";
import { chatgptLogin } from "./support/logins.ts";

interface Parts {
  readonly gateway: TestGateway;
  readonly codex: Codex;
  readonly base: string;
  readonly settings: Readonly<Record<string, string>>;
}

const NAMES = ["ada", "grace", "linus"] as const;
const NEARLY_SPENT = [97, 0, 0];

/** Three accounts that have told what is used of them, in percent. */
async function withPool(
  used: readonly number[],
  websockets: boolean,
  test: (parts: Parts) => Promise<void>,
): Promise<void> {
  await using elsewhere = await startSimulator();
  const caller = elsewhere.addAccount({ name: "caller" });
  await using gateway = await startTestGateway({
    accounts: NAMES,
    flags: ["--routing-policy=round_robin"],
    warm: true,
    websockets,
  });
  for (const [at, name] of NAMES.entries()) {
    use(gateway, name, used[at] ?? 0);
    await (await gateway.turn()).body?.cancel();
  }
  await using codex = await Codex.signedIn(chatgptLogin(caller));
  const settings = { chatgpt_base_url: gateway.url("/backend-api") };
  await test({ gateway, codex, base: gateway.url("/v1"), settings });
  assertEquals(gateway.simulator.violations, []);
}

function use(gateway: TestGateway, name: string, primary: number): void {
  gateway.account(name).usedPercent = { primary, secondary: 10 };
}

/** The percentages used, as in `12, 34`. */
function shown(limits: JsonObject | undefined): string {
  return ["primary", "secondary"].map((place) => {
    const window = objectField(limits ?? {}, place) ?? {};
    return numberField(window, "used_percent") ??
      numberField(window, "usedPercent");
  }).join(", ");
}

/** Of each moment of a session that the client has written down. */
async function inRollout(codex: Codex): Promise<readonly string[]> {
  return (await codex.rollout()).flatMap((line) => {
    const payload = objectField(parseObject(line) ?? {}, "payload") ?? {};
    const limits = objectField(payload, "rate_limits");
    return limits ? [shown(limits)] : [];
  });
}

for (const transport of ["websocket", "sse"]) {
  const websockets = transport === "websocket";

  Deno.test(`codex exec writes down the pool's limits, over ${transport}`, () =>
    withPool(NEARLY_SPENT, websockets, async ({ codex, base, settings }) => {
      const config = Object.fromEntries(
        Object.entries(settings).map(([k, v]) => [k, JSON.stringify(v)]),
      );
      const { code, stdout, stderr } = await codex.exec({
        base,
        prompt: "say: hello",
        config,
      });

      assertEquals([code, stdout], [0, "hello\n"], stderr);
      assertEquals([...new Set(await inRollout(codex))], ["32, 10"]);
    }));

  Deno.test(`an app server is told the pool's limits, and again after a turn, over ${transport}`, () =>
    withPool(NEARLY_SPENT, websockets, async (parts) => {
      const { gateway, codex, base, settings } = parts;
      await using server = await AppServer.start(codex, base, settings);

      const before = await server.rateLimits();
      assertEquals(shown(objectField(before, "rateLimits")), "32, 10");
      assertEquals(before["ordinaryUsageAllowed"], true);
      assertEquals(rowsOf(before), {
        codex: "32, 10",
        ada: "97, 10",
        grace: "0, 10",
        linus: "0, 10",
      });

      for (const name of NAMES) use(gateway, name, 92);
      assertEquals((await server.turn("say: hello")).answer, "hello");
      const told = server.told("account/rateLimits/updated").map((params) =>
        shown(objectField(params, "rateLimits"))
      );
      // Which account serves depends on what else the client has asked for.
      const after = shown(
        objectField(await server.rateLimits(), "rateLimits"),
      );
      assert(["31, 10", "63, 10"].includes(after), after);
      assertEquals([...new Set(told)], [after]);
    }));
}

/** By the name of each row; the pool's has none. */
function rowsOf(answer: JsonObject): Readonly<Record<string, string>> {
  const rows = objectField(answer, "rateLimitsByLimitId") ?? {};
  return Object.fromEntries(
    Object.keys(rows).map((id) => {
      const row = objectField(rows, id) ?? {};
      return [stringField(row, "limitName") ?? id, shown(row)];
    }),
  );
}
