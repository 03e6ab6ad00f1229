/**
 * The admin port's table of routes, and the routing policy.
 *
 * Accounts are handled in `account_routes.ts`, status and metrics in
 * `status.ts` and `metrics.ts`.
 */
import { STATUS_CODE } from "@std/http";
import type { Registry } from "../accounts/pool/registry.ts";
import { POLICY_NAMES } from "../policy/input.ts";
import { json } from "../downstream/json_answer.ts";
import {
  importAccount,
  listAccounts,
  refreshAccount,
  removeAccount,
  wakeAll,
  wakeOne,
} from "./admin/account_routes.ts";
import {
  type DecisionRouteDeps,
  explain,
  listDecisions,
  showPool,
} from "./admin/decision_routes.ts";
import {
  changeLabel,
  changeSettings,
  type SettingsRouteDeps,
} from "./admin/settings_route.ts";
import { cut } from "../protocol/quote.ts";
import { readJson, refuse } from "./admin/admin_answer.ts";
import { guardChange } from "./port/guard.ts";
import { exposition, EXPOSITION_TYPE } from "./admin/exposition.ts";
import { metricFamilies } from "./admin/metrics.ts";
import { readQuota } from "./admin/quota_routes.ts";
import {
  consumeReset,
  type ResetRouteDeps,
  showResets,
} from "./admin/reset_routes.ts";
import { type Handler, route, type Routed } from "./port/route.ts";
import { type StatusDeps, statusView } from "./admin/status.ts";
import { showUsage, type UsageRouteDeps } from "./admin/usage_route.ts";
import { showPage, showScript, showStyle, toPage } from "./page/page_routes.ts";
import type { Views } from "./view/view_routes.ts";

export interface AdminDeps
  extends
    SettingsRouteDeps,
    DecisionRouteDeps,
    ResetRouteDeps,
    StatusDeps,
    UsageRouteDeps {
  readonly views: Views;
}

export function adminRoutes(
  deps: AdminDeps,
): (request: Request) => Response | Promise<Response> {
  const { registry } = deps;
  return route({
    "GET /admin/accounts": () => listAccounts(deps),
    "POST /admin/accounts/import": change((routed) =>
      importAccount(routed, deps)
    ),
    "POST /admin/accounts/wake": change(() => wakeAll(deps)),
    "POST /admin/accounts/:id/wake": change(({ id }) => wakeOne(id, deps)),
    "POST /admin/accounts/:id/refresh": change(({ id }) =>
      refreshAccount(id, deps)
    ),
    "POST /admin/accounts/:id/quota": change(({ id }) => readQuota(id, deps)),
    "GET /admin/accounts/:id/reset-credits": ({ id }) => showResets(id, deps),
    "POST /admin/accounts/:id/reset-credits/consume": change((routed) =>
      consumeReset(routed, deps)
    ),
    "PUT /admin/accounts/:id/settings": change((routed) =>
      changeSettings(routed, deps)
    ),
    "PUT /admin/accounts/:id/label": change((routed) =>
      changeLabel(routed, deps)
    ),
    "DELETE /admin/accounts/:id": change(({ id }) => removeAccount(id, deps)),
    "GET /": () => showPage(deps.views),
    "GET /admin": () => toPage(),
    "GET /admin/page.css": () => showStyle(),
    "GET /admin/page.js": () => showScript(),
    "GET /admin/view": () => deps.views.show(),
    "GET /admin/events": (routed) => deps.views.watch(routed),
    "GET /admin/pool": () => showPool(deps),
    "GET /admin/decisions": (routed) => listDecisions(routed, deps),
    "GET /admin/explain": (routed) => explain(routed, deps),
    "GET /admin/status": async () =>
      json(STATUS_CODE.OK, await statusView(deps)),
    "GET /admin/usage": (routed) => showUsage(routed, deps),
    "GET /admin/metrics": () => showMetrics(deps),
    "GET /admin/routing/policy": () => showPolicy(registry),
    "PUT /admin/routing/policy": (routed) => setPolicy(routed, deps),
  });
}

/** A handler of a change, which a foreign page's form must not trigger. */
function change(handler: Handler): Handler {
  return (routed) => guardChange(routed.request) ?? handler(routed);
}

function showMetrics(deps: StatusDeps): Response {
  return new Response(exposition(metricFamilies(deps)), {
    headers: { "content-type": EXPOSITION_TYPE },
  });
}

function showPolicy(registry: Registry): Response {
  return json(STATUS_CODE.OK, { routing_policy: registry.policy });
}

async function setPolicy(
  { request }: Routed,
  { registry, intake, runtime }: AdminDeps,
): Promise<Response> {
  const read = await readJson(request, intake);
  if (!read.ok) return read.error;
  const given = read.value["routing_policy"] ?? undefined;
  if (given === undefined) return refuse("missing routing_policy");

  const policy = POLICY_NAMES.find((name) => name === given);
  if (policy === undefined) {
    const quoted = typeof given === "string" ? given : JSON.stringify(given);
    return refuse(
      `unsupported routing policy \`${cut(quoted)}\`; expected one of: ${
        POLICY_NAMES.join(", ")
      }`,
    );
  }
  registry.policy = policy;
  runtime.log.info("routing policy changed", { policy });
  return showPolicy(registry);
}
