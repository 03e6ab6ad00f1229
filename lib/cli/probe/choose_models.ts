/** Which models are probed: one that the list calls lite, one that it does not. */
import { isObject, parseObject, stringField } from "../../protocol/json.ts";
import { err, ok, type Result } from "../../result.ts";

/** `classic`: the official client sends it the plain form. */
export type ModelKind = "lite" | "classic";

export interface ProbedModel {
  readonly name: string;
  readonly kind: ModelKind;
}

export type NamedModels = Readonly<Record<ModelKind, string | undefined>>;

/**
 * A model that the person names is taken as named; else the first of its kind
 * in the gateway's models list, if there is one.
 */
export function chooseModels(
  listText: string,
  named: NamedModels,
): Result<readonly ProbedModel[], string> {
  const listed = parseObject(listText)?.["data"];
  const entries = Array.isArray(listed) ? listed.filter(isObject) : [];
  if (!entries.some((one) => typeof one["use_responses_lite"] === "boolean")) {
    return err("The gateway is older than this command: restart it");
  }
  const first = (isLite: boolean) => {
    const entry = entries.find((one) => one["use_responses_lite"] === isLite);
    return entry && stringField(entry, "id");
  };
  const names = [
    ["lite", named.lite ?? first(true)],
    ["classic", named.classic ?? first(false)],
  ] as const;
  return ok(
    names.flatMap(([kind, name]) => name === undefined ? [] : [{ kind, name }]),
  );
}
