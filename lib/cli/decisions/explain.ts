/** `codaze explain`: who would serve a request now, and why. */
import { splitOptions } from "../../config/options.ts";
import { isObject, type JsonObject, stringField } from "../../protocol/json.ts";
import type {
  ExplainedAccount,
  ExplainView,
} from "../../server/admin/explain_view.ts";
import { requireGateway } from "../pool/gateway.ts";
import { prepareCommand } from "../process/environment.ts";
import { fail, failUsage, print } from "../terminal/output.ts";
import { padTo, visible, widthOf } from "../terminal/text_width.ts";

const ANSWER_MS = 5_000;

export async function explain(args: readonly string[]): Promise<number> {
  const options = splitOptions(args, { strings: ["session", "model"] });
  if (!options.ok) return failUsage(options.error);
  const { values, rest } = options.value;
  const context = await prepareCommand(rest);
  if (!context.ok) return failUsage(context.error);

  const { config, runtime } = context.value;
  const gateway = await requireGateway(config, runtime);
  if (!gateway.ok) return fail(gateway.error);
  const query = new URLSearchParams([...values]);
  const line = `GET /admin/explain?${query}`;
  const answer = await gateway.value.ask(
    { line, timeoutMs: ANSWER_MS },
    [200],
    readExplained,
  );
  if (!answer.ok) return fail(answer.error);
  print(explainText(answer.value));
  return 0;
}

/** Undefined if it is not an explanation. */
export function readExplained(body: JsonObject): ExplainView | undefined {
  const why = stringField(body, "why");
  const { accounts, session_known: known } = body;
  if (why === undefined || !Array.isArray(accounts)) return undefined;
  return {
    policy: stringField(body, "policy") ?? "",
    model: stringField(body, "model") ?? null,
    session_known: typeof known === "boolean" ? known : null,
    account: stringField(body, "account") ?? null,
    rule: stringField(body, "rule") ?? null,
    why,
    accounts: accounts.filter(isObject).map(readAccount),
  };
}

function readAccount(account: JsonObject): ExplainedAccount {
  return {
    id: stringField(account, "id") ?? "",
    label: stringField(account, "label") ?? null,
    chosen: account["chosen"] === true,
    out: stringField(account, "out") ?? null,
    why: stringField(account, "why") ?? "",
  };
}

/** The one that serves first, then all others with their reasons. Pure. */
export function explainText(view: ExplainView): string {
  const { accounts, policy, model, session_known: known } = view;
  const chosen = accounts.find((account) => account.chosen);
  const others = accounts.filter((account) => !account.chosen);
  const asked = model === null ? "" : ` for ${model}`;
  const answer = chosen === undefined
    ? `Nobody would serve${asked}: ${view.why}`
    : `${nameOf(chosen)} would serve${asked}: ${view.why}`;
  const width = Math.max(0, ...others.map((one) => widthOf(nameOf(one))));
  return [
    visible(answer),
    visible(`  rule ${view.rule ?? "none"}, policy ${policy}`),
    ...known === false
      ? ["  the session is not known, so it is a new one"]
      : [],
    ...others.length === 0 ? [] : ["", "The others:"],
    ...others.map((one) =>
      `  ${padTo(nameOf(one), width)}  ${visible(one.why)}`
    ),
  ].join("\n");
}

function nameOf({ id, label }: ExplainedAccount): string {
  return visible(label ?? id);
}
