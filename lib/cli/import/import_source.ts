/**
 * Reads a login from what a person imports: an `auth.json` of Codex
 * (docs/client.md, "The file auth.json"), an account file of ours, or a bare
 * refresh token.
 *
 * Errors name the field and quote no value. Writes nothing.
 */
import { isAbsolute } from "@std/path";
import { concat } from "@std/bytes";
import {
  parseAccountFile,
  textOfFile,
  TOO_LARGE,
} from "../../accounts/files/file.ts";
import {
  readRegularFile,
  whyNoFile,
} from "../../accounts/files/regular_file.ts";
import { MAX_ACCOUNT_FILE_BYTES } from "../../limits.ts";
import {
  type JsonObject,
  objectField,
  parseObject,
  stringField,
} from "../../protocol/json.ts";
import { tokenProblem } from "../../protocol/token.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Login } from "../pool/pool.ts";

export interface Source {
  readonly login: Login;
  /** Whether the file that was read is one that Codex itself uses. */
  readonly ofCodex: boolean;
}

/** The usual name for standard input. */
export const STDIN = "-";

export async function readSource(
  name: string,
): Promise<Result<Source, string>> {
  const bytes = name === STDIN ? await readStdin() : await readFile(name);
  if (!bytes.ok) return bytes;
  const source = parseSource(bytes.value);
  if (!source.ok) return source;
  return ok({
    ...source.value,
    ofCodex: source.value.ofCodex && name !== STDIN,
  });
}

/** Reads a login from the contents of a file. */
export function parseSource(bytes: Uint8Array): Result<Source, string> {
  const read = textOfFile(bytes);
  if (!read.ok) return read;
  const text = read.value.trim();
  if (text === "") return err("it is empty");
  const object = parseObject(text);
  if (object === undefined) return parseBareToken(text);

  const refusal = whyNoLogin(object);
  if (refusal !== undefined) return err(refusal);
  const file = parseAccountFile(bytes);
  if (!file.ok) return file;

  const { layout, refreshToken, accessToken, idToken, label, email } =
    file.value;
  const kind = otherKindOf(refreshToken);
  if (kind !== undefined) {
    const field = layout === "codex" ? "tokens.refresh_token" : "refresh_token";
    return err(`"${field}" holds ${kind}: expected a refresh token`);
  }
  return ok({
    login: { refreshToken, accessToken, idToken, label, email },
    ofCodex: layout === "codex",
  });
}

function parseBareToken(text: string): Result<Source, string> {
  if (text.startsWith("{") || text.startsWith("[")) {
    return err("it is not a whole JSON object");
  }
  if (tokenProblem(text) !== undefined) {
    return err("it is neither a JSON object nor one token on one line");
  }
  const kind = otherKindOf(text);
  if (kind !== undefined) {
    return err(`it holds ${kind}: expected a refresh token`);
  }
  return ok({ login: { refreshToken: text }, ofCodex: false });
}

/** Names the kinds of Codex login that have no refresh token. */
function whyNoLogin(object: JsonObject): string | undefined {
  const hasTokens = objectField(object, "tokens") !== undefined ||
    stringField(object, "refresh_token") !== undefined;
  if (hasTokens) return undefined;
  if (stringField(object, "personal_access_token") !== undefined) {
    return '"personal_access_token" is no ChatGPT sign-in: run codaze login';
  }
  const isKey = object["auth_mode"] === "apikey" ||
    stringField(object, "OPENAI_API_KEY") !== undefined;
  return isKey
    ? '"OPENAI_API_KEY" is no ChatGPT sign-in: run codaze login'
    : undefined;
}

/** What kind of token it is, if it is not a refresh token. */
function otherKindOf(token: string): string | undefined {
  if (token.startsWith("eyJ")) return "an access token or an id token";
  if (token.startsWith("at-")) return "a personal access token";
  return token.startsWith("sk-") ? "an API key" : undefined;
}

async function readFile(
  path: string,
): Promise<Result<Uint8Array, string>> {
  try {
    const read = await readRegularFile(path, MAX_ACCOUNT_FILE_BYTES);
    switch (read.kind) {
      case "file":
        return ok(read.bytes);
      case "large":
        return err(TOO_LARGE);
      case "other":
        return err(whyNoFile(read.info));
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      // `deno task` runs in the folder of the program, not in the person's.
      const where = isAbsolute(path) ? "" : ` in ${Deno.cwd()}`;
      return err(`no such file${where}`);
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      return err("no permission to read it");
    }
    return err("it cannot be read");
  }
}

async function readStdin(): Promise<Result<Uint8Array, string>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of Deno.stdin.readable) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > MAX_ACCOUNT_FILE_BYTES) return err(TOO_LARGE);
  }
  return ok(concat(chunks));
}
