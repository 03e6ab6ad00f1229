/**
 * Whether an account file is a copy of Codex's own sign-in. If so, the first
 * refresh by either program uses up the token and signs the other program out.
 * A link is fine, because both then share one file.
 */
import { join } from "@std/path";
import { parseAccountFile } from "../../accounts/files/file.ts";
import type { FoundFile } from "../../accounts/files/folder.ts";
import { readRegularFile } from "../../accounts/files/regular_file.ts";
import { tokenHash } from "../../accounts/files/digest.ts";
import { MAX_ACCOUNT_FILE_BYTES } from "../../limits.ts";
import { shellWord } from "../terminal/words.ts";
import { codexHome } from "../codex/codex_home.ts";
import { type Finding, voiceOf } from "./finding.ts";
import type { CheckContext } from "./context.ts";

const voice = voiceOf("Codex sign-in");

export async function checkCodexLogin(
  { files, config, env }: CheckContext,
): Promise<readonly Finding[]> {
  const listed = await files;
  const home = codexHome(env);
  if (!listed.ok || home === undefined) return [];
  const auth = join(home, "auth.json");
  const read = await readRegularFile(auth, MAX_ACCOUNT_FILE_BYTES)
    .catch(() => undefined);
  const codex = read?.kind === "file"
    ? parseAccountFile(read.bytes)
    : undefined;
  if (codex === undefined || !codex.ok) return [];

  const { accountsDir: dir } = config;
  const hash = tokenHash(codex.value.refreshToken);
  const real = await realPath(auth);
  const findings: Finding[] = [];
  for (const file of listed.value) {
    if (await realPath(join(dir, file.name)) === real) {
      return [voice.good(`${file.name} is linked to it: one file for both`)];
    }
    const finding = compare(file, hash, { auth, path: join(dir, file.name) });
    if (finding !== undefined) findings.push(finding);
  }
  return findings.length > 0
    ? findings
    : [voice.good("none of the accounts is a copy of it")];
}

interface Places {
  readonly auth: string;
  readonly path: string;
}

function compare(
  file: FoundFile,
  hash: string,
  { auth, path }: Places,
): Finding | undefined {
  if (!file.parsed.ok) return undefined;
  const { refreshToken, previous } = file.parsed.value;
  const link = Deno.build.os === "windows"
    ? ""
    : `: ln -sf ${shellWord(auth)} ${shellWord(path)}`;
  if (tokenHash(refreshToken) === hash) {
    return voice.warn(
      `${file.name} is a copy of ${auth}: the first refresh by either program signs the other out`,
      `link it${link}; or delete one and sign in anew with codaze login`,
    );
  }
  if (!previous.includes(hash)) return undefined;
  return voice.warn(
    `${auth} holds a token that ${file.name} has replaced: using it again can end both`,
    `sign Codex in again with codex login, or delete ${auth}: the gateway needs no sign-in of Codex`,
  );
}

function realPath(path: string): Promise<string> {
  return Deno.realPath(path).catch(() => path);
}
