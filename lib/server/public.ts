/**
 * The public port: the routes that Codex and the OpenAI SDKs call.
 *
 * Each route reads the body and prepares the request; `run.ts` does the rest.
 * The code of routes that many gateways never serve is loaded with their first
 * request.
 */
import { type Intake, readBody } from "../downstream/body.ts";
import { dialectOf } from "../downstream/caller.ts";
import { isForm, readImageForm } from "../downstream/image_form.ts";
import { prepare, type PrepareContext } from "../downstream/normalize.ts";
import type { Endpoint } from "../downstream/prepared.ts";
import { renderCallerError, renderFailure } from "../downstream/render.ts";
import type { WebsocketDeps } from "../relay/websocket/websocket.ts";
import { accountPages, type AccountPagesDeps } from "./public/account_pages.ts";
import { health } from "./public/health.ts";
import { oneModel, sdkModels } from "./public/models.ts";
import { route, type Routed, type Router } from "./port/route.ts";
import { run, type RunDeps } from "../relay/run.ts";
import { isNodeLoaded, loadNode } from "../std/node.ts";
import { unserved } from "./public/unserved.ts";

export interface PublicDeps {
  readonly run: RunDeps;
  readonly websocket: WebsocketDeps;
  readonly prepare: PrepareContext;
  readonly maxBodyBytes: number;
  readonly intake: Intake;
  readonly pages: AccountPagesDeps;
  /** Called for every request but those for the health. */
  readonly onAsked: () => void;
}

export function publicRoutes(deps: PublicDeps): Router {
  const forwarded = (endpoint: Endpoint) => (routed: Routed) =>
    forward(endpoint, routed, deps);
  const routes = route({
    ...accountPages(deps.pages),
    "GET /health": health,
    "GET /v1/models": (routed) => models(routed, deps),
    "GET /v1/models/:id": ({ id }) => oneModel(id, deps.run),
    "GET /v1/responses": async ({ request, url, requestId }) => {
      const { websocket, run: { work } } = deps;
      const { openWebsocket } = await import("./public/websocket.ts");
      return await openWebsocket(request, url, { websocket, work, requestId });
    },
    // The client's doctor checks the address (docs/client.md, "Addresses and
    // transports").
    "HEAD /v1/responses": () => new Response(null),
    "POST /v1/responses": forwarded("responses"),
    "POST /v1/chat/completions": async (routed) => {
      const { chatCompletion } = await import("./public/chat.ts");
      return await chatCompletion(routed, deps);
    },
    "POST /v1/responses/compact": forwarded("responses/compact"),
    "POST /v1/memories/trace_summarize": forwarded("memories/trace_summarize"),
    "POST /v1/alpha/search": forwarded("alpha/search"),
    "POST /v1/images/generations": forwarded("images/generations"),
    "POST /v1/images/edits": forwarded("images/edits"),
  }, { pathOf, why: unserved, base: "/v1" });
  const stopping = () =>
    renderFailure({ kind: "stopping" }, deps.run.rendering("codex"));
  return (request, requestId) => {
    if (deps.run.work.draining) return stopping();
    // A program that watches the gateway is nobody who uses it.
    if (request.url.endsWith("/health")) return routes(request, requestId);
    deps.onAsked();
    // Whoever idles does without them.
    return isNodeLoaded()
      ? routes(request, requestId)
      : loadNode().then(() => routes(request, requestId));
  };
}

const MODELS = "/v1/models/";

/** A slash at the end means nothing; one in a model's id is part of the id. */
function pathOf({ pathname }: URL): string {
  const path = pathname.length > 1 && pathname.endsWith("/")
    ? pathname.slice(0, -1)
    : pathname;
  return path.startsWith(MODELS)
    ? MODELS + path.slice(MODELS.length).replaceAll("/", "%2F")
    : path;
}

async function forward(
  endpoint: Endpoint,
  { request, url, requestId }: Routed,
  deps: PublicDeps,
): Promise<Response> {
  const { intake, maxBodyBytes: limit } = deps;
  // Held until the caller is answered: a failover sends the body again.
  using held = intake.budget.open();
  const read = endpoint === "images/edits" && isForm(request.headers)
    ? readImageForm
    : readBody;
  const body = await read(request, { ...intake, limit, held });
  if (!body.ok) return renderCallerError(body.error);
  const prepared = await prepare({
    endpoint,
    query: url.search,
    headers: request.headers,
    body: body.value,
  }, deps.prepare);
  if (!prepared.ok) return renderCallerError(prepared.error);
  const asking = { caller: request.signal, requestId };
  return await run(prepared.value, asking, deps.run);
}

/** A Codex caller gets upstream's list unchanged, an SDK caller a snapshot. */
async function models(
  { request, url, requestId }: Routed,
  deps: PublicDeps,
): Promise<Response> {
  const dialect = dialectOf(request.headers);
  if (dialect === "openai") return await sdkModels(deps.run);
  const prepared = await prepare({
    endpoint: "models",
    query: url.search,
    headers: request.headers,
    body: undefined,
  }, deps.prepare);
  if (!prepared.ok) return renderCallerError(prepared.error);
  const asking = { caller: request.signal, requestId };
  return await run(prepared.value, asking, deps.run);
}
