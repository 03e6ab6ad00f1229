/**
 * Runs `deno`, `git` and `npm` to their end. They get only some variables of our
 * environment, because Deno writes part of it into executables.
 */
import { ownMessage } from "../../lib/error_text.ts";
import { err, ok, type Result } from "../../lib/result.ts";

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Enough to find programs, folders, the npm registry and a proxy. */
const PASSED =
  /^(PATH|HOME|USERPROFILE|LOCALAPPDATA|APPDATA|SYSTEMROOT|COMSPEC|PATHEXT|TMPDIR|TEMP|TMP|XDG_\w+|DENO_DIR|NPM_CONFIG_\w+|HTTPS?_PROXY|ALL_PROXY|NO_PROXY)$/i;

export async function runProgram(
  program: "deno" | "git" | "npm",
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<Result<Ended, string>> {
  const command = new Deno.Command(program, {
    args: [...args],
    cwd: options.cwd,
    clearEnv: true,
    env: { ...passedEnvironment(), NO_COLOR: "1", ...options.env },
    stdin: "null",
  });
  try {
    const { code, stdout, stderr } = await command.output();
    return ok({ code, stdout: text(stdout), stderr: text(stderr) });
  } catch (error) {
    const reason = ownMessage(error);
    return err(`Cannot run ${program}: ${reason}`);
  }
}

function passedEnvironment(): Record<string, string> {
  return variables(PASSED);
}

/**
 * Names the root certificates that this machine adds for downloads. Not passed
 * to `deno compile`, which would write them into executables.
 */
export function rootVariables(): Record<string, string> {
  return variables(ROOTS);
}

const ROOTS =
  /^(DENO_CERT|DENO_TLS_CA_STORE|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR)$/;

function variables(wanted: RegExp): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) => wanted.test(name)),
  );
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
