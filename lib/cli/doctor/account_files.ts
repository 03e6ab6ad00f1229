/**
 * Checks each account file: whether it can be read, what it holds, and who may
 * read it. Does not ask the server, so a token that looks good may be dead.
 */
import { join } from "@std/path";
import { credentialIn } from "../../accounts/pool/credential.ts";
import type { AccountFile } from "../../accounts/files/file.ts";
import type { FoundFile } from "../../accounts/files/folder.ts";
import { idOf } from "../../accounts/files/file_name.ts";
import { parseSource } from "../import/import_source.ts";
import { shellWord } from "../terminal/words.ts";
import { type Finding, voiceOf } from "./finding.ts";
import { octal } from "./folder.ts";
import type { CheckContext } from "./context.ts";

const voice = voiceOf("account");

/** If more files are good, one line counts them. */
const MAX_GOOD = 20;

export async function checkAccountFiles(
  { files, config, runtime }: CheckContext,
): Promise<readonly Finding[]> {
  const listed = await files;
  // `folder.ts` reports what is wrong with the folder.
  if (!listed.ok) return [];
  const found = await Promise.all(
    listed.value.map((file) =>
      checkFile(file, { dir: config.accountsDir, now: runtime.now() })
    ),
  );
  if (!listed.value.some(({ parsed }) => parsed.ok)) {
    return [
      ...found,
      voice.fail(
        `no account in ${config.accountsDir}`,
        "sign in with codaze login (--device without a browser here), or codaze import FILE",
      ),
    ];
  }
  const good = found.filter(({ verdict }) => verdict === "ok");
  if (good.length <= MAX_GOOD) return found;
  const others = found.filter(({ verdict }) => verdict !== "ok");
  return [...others, voice.good(`${good.length} files are good`)];
}

interface FileOptions {
  readonly dir: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

async function checkFile(
  file: FoundFile,
  { dir, now }: FileOptions,
): Promise<Finding> {
  const { name, parsed, unreadable } = file;
  const path = join(dir, name);
  const why = whyNoAccount(file);
  if (why !== undefined || !parsed.ok) {
    return voice.fail(
      `${name}: ${why}`,
      unreadable
        ? await cureOf(path)
        : "repair or delete it, then codaze login; the other accounts still work",
    );
  }
  const state = `${name}: ${stateOf(parsed.value, now)}`;
  const mode = await modeOf(path);
  if (mode === null || (mode & 0o077) === 0) return voice.good(state);
  return voice.warn(
    `${name}: other users can read its tokens (mode ${octal(mode)})`,
    `chmod 600 ${shellWord(path)}`,
  );
}

/** What to do about a file that could not be read. */
async function cureOf(path: string): Promise<string> {
  const word = shellWord(path);
  const itself = await Deno.lstat(path).catch(() => undefined);
  const target = await Deno.stat(path).catch(() => undefined);
  if (itself?.isSymlink && target === undefined) {
    return `put back what it links to, or remove the link: rm ${word}`;
  }
  if (target !== undefined && !target.isFile) return `remove it: rm ${word}`;
  return `let this user read it: chmod 600 ${word}, or give it back its owner`;
}

/** Also finds tokens that are not refresh tokens. */
function whyNoAccount({ parsed, bytes }: FoundFile): string | undefined {
  if (!parsed.ok) return parsed.error;
  const source = parseSource(bytes);
  return source.ok ? undefined : source.error;
}

function stateOf(file: AccountFile, now: number): string {
  const credential = credentialIn(file);
  if (credential === undefined) {
    return "no access token yet, the first turn gets one";
  }
  const until = new Date(credential.expiresAt).toISOString()
    .replace(/\.\d+Z$/, "Z");
  return credential.expiresAt > now
    ? `access token good until ${until}`
    : `access token expired ${until}, the next turn gets a new one`;
}

async function modeOf(path: string): Promise<number | null> {
  const info = await Deno.stat(path).catch(() => undefined);
  return info?.mode ?? null;
}

/** The account's name, taken from its file. */
export function nameOf(file: FoundFile): string {
  const label = file.parsed.ok ? file.parsed.value.label : undefined;
  return label ?? idOf(file.name);
}
