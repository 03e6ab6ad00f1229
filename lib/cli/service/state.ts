/**
 * What is installed of the service, and whether this version would install the
 * same. Changes nothing and asks no other program.
 */
import { exists } from "@std/fs";
import { stringField } from "../../protocol/json.ts";
import { ok, type Result } from "../../result.ts";
import { find, isSame } from "./files.ts";
import { makePlan } from "./make_plan.ts";
import type { Manager } from "./manager.ts";
import type { Places, Wish } from "./plan.ts";
import { programOf } from "./program.ts";
import { madeOf, wishOf } from "./record.ts";

/** A service that Codaze has installed. */
export interface InstalledState {
  readonly kind: "current" | "edited" | "stale";
  readonly path: string;
  /** What the service was installed with. */
  readonly wish: Wish;
  /** Why it is stale, in words; otherwise empty. */
  readonly why: string;
  /** Whether it starts when the person logs in. */
  readonly starts: boolean;
}

export type ServiceState =
  | { readonly kind: "absent"; readonly path: string }
  | { readonly kind: "foreign"; readonly path: string }
  | InstalledState;

export async function readState(
  manager: Manager,
  places: Places,
): Promise<Result<ServiceState, string>> {
  const path = manager.unitPath(places);
  const found = await find(path);
  if (!found.ok) return found;
  if (found.value.kind !== "made") {
    return ok({ kind: found.value.kind, path });
  }
  const { record, edited } = found.value;
  const wish = wishOf(record);
  const link = manager.startLink(places);
  const starts = link === undefined || await exists(link.path);
  const state = (kind: InstalledState["kind"], why = "") =>
    ok({ kind, path, wish, why, starts });
  const stale = (why: string) => state("stale", why);
  if (edited) return state("edited");

  const runs = stringField(record, "runs") ?? "";
  const isGone = !await exists(runs);
  if (isGone) return stale(`"${runs}", which it runs, is gone`);
  const { path: own } = programOf(wish.program);
  if (runs !== own) return stale(`it runs "${runs}", and this is "${own}"`);

  const plan = await makePlan(wish, { places, manager });
  if (!plan.ok) return stale(plan.error);
  const unit = manager.unit(plan.value, madeOf(record));
  if (!isSame(found.value, unit)) {
    return stale("this version would write another one");
  }
  const secretsPath = manager.secretsPath(places) ?? path;
  const hasSecrets = Object.keys(wish.secrets).length > 0;
  if (hasSecrets && !await exists(secretsPath)) {
    return stale(`"${secretsPath}" is missing`);
  }
  return state("current");
}
