/** Asks Deno for its cache folders, and fetches missing packages into them. */
import { parseObject, stringField } from "../../lib/protocol/json.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { runProgram } from "./command.ts";

export interface DenoFolders {
  readonly denoDir: string;
  readonly npmCache: string;
}

/** Afterwards the packages of deno.lock are in `npmCache`. */
export async function readDenoFolders(
  root: string,
): Promise<Result<DenoFolders, string>> {
  const cached = await runProgram(
    "deno",
    ["cache", "--quiet", "--frozen", "main.ts"],
    { cwd: root },
  );
  if (!cached.ok) return cached;
  if (cached.value.code !== 0) return err(cached.value.stderr.trim());

  const info = await runProgram("deno", ["info", "--json"], { cwd: root });
  if (!info.ok) return info;
  const said = parseObject(info.value.stdout) ?? {};
  const denoDir = stringField(said, "denoDir");
  const npmCache = stringField(said, "npmCache");
  return denoDir === undefined || npmCache === undefined
    ? err("Cannot find the folders of Deno: deno info says nothing of them")
    : ok({ denoDir, npmCache });
}
