/**
 * The file with which Codex on this machine signs in: it should be linked. An
 * import refreshes its token, and that ends Codex's own sign-in.
 */
import { join } from "@std/path";
import { err, ok, type Result } from "../../result.ts";
import { askYes, isAsked } from "../process/ask.ts";
import { codexHome } from "../codex/codex_home.ts";
import { absolutePath, grantedEnv } from "../process/environment.ts";
import { shellWord } from "../terminal/words.ts";

/** The name of the link among the account files. */
const LINK = "codex.json";

/** The command that shares the file `target` with a gateway on `dir`. */
export function linkCommand(target: string, dir: string): string {
  return `ln -s ${shellWord(target)} ${shellWord(join(dir, LINK))}`;
}

/**
 * Offers to link the file if it is the one that Codex signs in with. Returns
 * what to tell the person if that settles the import, undefined if it goes on.
 */
export async function offerLink(
  file: string,
  { dir, yes }: { readonly dir: string; readonly yes: boolean },
): Promise<Result<string | undefined, string>> {
  // Windows has no links that both programs could write through.
  if (yes || Deno.build.os === "windows" || !await isOfCodex(file)) {
    return ok(undefined);
  }
  const link = join(dir, LINK);
  if (await leadTogether(link, file)) {
    return ok(`shared with Codex already, by the link ${link}`);
  }
  const target = absolutePath(file);
  const command = linkCommand(target, dir);
  if (!isAsked()) {
    return err(
      `Codex on this machine signs in with this file, and an import would sign it out: share it with ${command}, or pass --yes to import it all the same`,
    );
  }
  const question =
    "Codex on this machine signs in with this file. Share it, so that both stay signed in?";
  if (!await askYes(question, { byDefault: false })) {
    const goOn = "Import it then, which signs Codex out?";
    return await askYes(goOn, { byDefault: false })
      ? ok(undefined)
      : ok("nothing imported");
  }
  try {
    await Deno.symlink(target, link);
    return ok(`shared with Codex, by the link ${link}`);
  } catch {
    return err(`the link cannot be made here: ${command}`);
  }
}

async function isOfCodex(file: string): Promise<boolean> {
  const home = codexHome(grantedEnv);
  return home !== undefined &&
    await leadTogether(join(home, "auth.json"), file);
}

/** Whether both paths are of one file. */
async function leadTogether(one: string, other: string): Promise<boolean> {
  const real = (path: string) =>
    Deno.realPath(absolutePath(path)).catch(() => undefined);
  const file = await real(one);
  return file !== undefined && file === await real(other);
}
