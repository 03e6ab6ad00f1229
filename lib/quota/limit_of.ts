/** Which limit a model counts against. Pure. */
import type { Limit, Quota } from "./quota.ts";
import { USUAL_LIMIT } from "./quota.ts";

/**
 * A model belongs to the limit that has its name; all others share the usual
 * one. `model` is undefined where none is named.
 */
export function limitIdOf(
  quota: Quota | undefined,
  model: string | undefined,
): string {
  if (quota === undefined || model === undefined) return USUAL_LIMIT;
  const wanted = model.toLowerCase();
  for (const { id, name } of quota.limits.values()) {
    if (id !== USUAL_LIMIT && name?.toLowerCase() === wanted) return id;
  }
  return USUAL_LIMIT;
}

/** Undefined if upstream has told nothing of it. */
export function limitOf(
  quota: Quota | undefined,
  model: string | undefined,
): Limit | undefined {
  return quota?.limits.get(limitIdOf(quota, model));
}
