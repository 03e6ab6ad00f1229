/** The models as an SDK caller sees them, from the snapshot. */
import { STATUS_CODE } from "@std/http";
import { json } from "../../downstream/json_answer.ts";
import { renderCallerError, renderFailure } from "../../downstream/render.ts";
import { cut } from "../../protocol/quote.ts";
import type { RunDeps } from "../../relay/run.ts";
import type { Model } from "../../upstream/models.ts";

type Deps = Pick<RunDeps, "models" | "rendering">;

/** Without those that a client's own list hides. */
export async function sdkModels(
  { models, rendering }: Deps,
): Promise<Response> {
  const list = await models.list();
  if (!list.ok) return renderFailure(list.error, rendering("openai"));
  const data = list.value.filter(({ isHidden }) => !isHidden).map(shown);
  return json(STATUS_CODE.OK, { object: "list", data });
}

/** One model, also a hidden one. */
export async function oneModel(
  id: string,
  { models, rendering }: Deps,
): Promise<Response> {
  const list = await models.list();
  if (!list.ok) return renderFailure(list.error, rendering("openai"));
  const model = list.value.find(({ slug }) => slug === id);
  return model ? json(STATUS_CODE.OK, shown(model)) : renderCallerError({
    status: STATUS_CODE.NotFound,
    code: "model_not_found",
    param: "model",
    message: `The model \`${cut(id)}\` does not exist.`,
  });
}

/** Upstream tells no time; clients show 0 as 1970. */
const CREATED = Date.UTC(2025, 0, 1) / 1000;

function shown({ slug, contextWindow, efforts, isLite }: Model) {
  return {
    id: slug,
    object: "model",
    created: CREATED,
    owned_by: "openai",
    ...contextWindow === undefined ? {} : { context_window: contextWindow },
    ...efforts.length === 0 ? {} : { supported_reasoning_levels: efforts },
    use_responses_lite: isLite,
  };
}
