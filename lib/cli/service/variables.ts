/**
 * The environment of the service: what `--env` says of it, and what of it
 * anybody may read.
 *
 * A service inherits nothing of the shell that it was installed from.
 */
import type { Environment } from "../../flags.ts";
import { err, ok, type Result } from "../../result.ts";
import { parseProxy, PROXY_VARIABLES } from "../../upstream/proxy.ts";
import type { Variables } from "./plan.ts";

/** Holds paths and host names. All other names may hold anything. */
const HARMLESS = /^(CODAZE_\w+|NO_COLOR|NO_PROXY|no_proxy)$/;

/** Names of files: absolute, for they are used in another folder. */
export const FILES: readonly string[] = [
  "CODEX_CA_CERTIFICATE",
  "SSL_CERT_FILE",
];

/** What a gateway in this shell would read and a service does not. */
export const INHERITED: readonly string[] = [
  ...PROXY_VARIABLES,
  "NO_PROXY",
  "no_proxy",
  ...FILES,
];

/** Reads `NAME=value`, or `NAME` for the value that it has here. */
export function readVariables(
  words: readonly string[],
  env: Environment,
): Result<Variables, string> {
  const variables: Record<string, string> = {};
  for (const word of words) {
    const [, name, given] = /^([A-Za-z_]\w*)(?:=([^]*))?$/.exec(word) ?? [];
    // The word itself may hold a password.
    if (name === undefined) {
      return err("Cannot use --env: expected NAME=value, or NAME alone");
    }
    const value = given ?? env(name);
    if (value === undefined) {
      return err(`Cannot use --env ${name}: it is not set here, give a value`);
    }
    if (Object.hasOwn(variables, name)) {
      return err(`Cannot use --env ${name} twice: expected it once`);
    }
    if (FILES.includes(name) && !value.startsWith("/")) {
      return err(`Cannot use ${name} "${value}": expected an absolute path`);
    }
    variables[name] = value;
  }
  return ok(variables);
}

/** What is not known to be harmless is a secret. */
export function isSecret(name: string, value: string): boolean {
  if (HARMLESS.test(name) || FILES.includes(name)) return false;
  if (!PROXY_VARIABLES.includes(name)) return true;
  const url = parseProxy(value);
  return url === undefined || url.username !== "" || url.password !== "";
}
