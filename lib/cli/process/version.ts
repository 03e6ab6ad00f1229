/** The version in deno.json, and the commit that was compiled. */
import denoJson from "../../../deno.json" with { type: "json" };
import { COMMIT } from "./build.ts";

export const VERSION: string = denoJson.version;

/** `codaze 0.4.0 (abc1234)`; in a checkout without the commit. */
export function versionLine(
  commit: string | undefined = COMMIT,
): string {
  return commit === undefined
    ? `codaze ${VERSION}`
    : `codaze ${VERSION} (${commit})`;
}
