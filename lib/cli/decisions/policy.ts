/** `codaze policy`: shows or sets the policy of the running gateway. */
import { splitOptions } from "../../config/options.ts";
import { POLICY_NAMES } from "../../policy/input.ts";
import { cut } from "../../protocol/quote.ts";
import { type JsonObject, stringField } from "../../protocol/json.ts";
import { requireGateway } from "../pool/gateway.ts";
import { prepareCommand } from "../process/environment.ts";
import { fail, failUsage, printLine } from "../terminal/output.ts";

const ROUTE = "/admin/routing/policy";
const ANSWER_MS = 5_000;

export async function policy(args: readonly string[]): Promise<number> {
  const options = splitOptions(args, { positionals: true });
  if (!options.ok) return failUsage(options.error);
  const [name, ...more] = options.value.positionals;
  if (more.length > 0 || (name !== undefined && !isPolicy(name))) {
    const given = cut([name, ...more].join(" "));
    return failUsage(
      `Cannot use "${given}": expected one of ${POLICY_NAMES.join(", ")}`,
    );
  }
  const context = await prepareCommand(options.value.rest);
  if (!context.ok) return failUsage(context.error);

  const { config, runtime } = context.value;
  const gateway = await requireGateway(config, runtime);
  if (!gateway.ok) return fail(gateway.error);
  const request = name === undefined
    ? { line: `GET ${ROUTE}`, timeoutMs: ANSWER_MS }
    : {
      line: `PUT ${ROUTE}`,
      body: { routing_policy: name },
      timeoutMs: ANSWER_MS,
    };
  const answer = await gateway.value.ask(request, [200], policyIn);
  if (!answer.ok) return fail(answer.error);
  printLine(
    name === undefined
      ? answer.value
      : `${answer.value}, until the gateway ends; --routing-policy sets it for good`,
  );
  return 0;
}

function isPolicy(name: string): boolean {
  return POLICY_NAMES.some((one) => one === name);
}

function policyIn(body: JsonObject): string | undefined {
  return stringField(body, "routing_policy");
}
