/**
 * The environment of the service: reads `--env`, and tells secrets from what
 * anyone may see.
 *
 * A service inherits nothing from the shell that it was installed from.
 */
import type { Environment } from "../../config/flags.ts";
import { err, ok, type Result } from "../../result.ts";
import { parseProxy, PROXY_VARIABLES } from "../../upstream/socket/proxy.ts";
import { ROOT_VARIABLES } from "../process/roots.ts";
import type { Variables } from "./task_command.ts";

/** These hold paths and host names; all others may hold secrets. */
const HARMLESS = /^(CODAZE_\w+|NO_COLOR|NO_PROXY|no_proxy)$/;

/** What a gateway started in this shell reads and a service does not see. */
export const INHERITED: readonly string[] = [
  ...PROXY_VARIABLES,
  "NO_PROXY",
  "no_proxy",
  ...ROOT_VARIABLES,
];

/** Reads `NAME=value`, or `NAME` for its value in this shell. */
export function readVariables(
  words: readonly string[],
  env: Environment,
): Result<Variables, string> {
  const variables: Record<string, string> = {};
  for (const word of words) {
    const [, name, given] = /^([A-Za-z_]\w*)(?:=([^]*))?$/.exec(word) ?? [];
    // The message does not quote the word, which may hold a password.
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
    // A service runs in another folder.
    if (ROOT_VARIABLES.includes(name) && !value.startsWith("/")) {
      return err(`Cannot use ${name} "${value}": expected an absolute path`);
    }
    variables[name] = value;
  }
  return ok(variables);
}

/** Everything that is not known to be harmless counts as a secret. */
export function isSecret(name: string, value: string): boolean {
  if (HARMLESS.test(name) || ROOT_VARIABLES.includes(name)) return false;
  if (!PROXY_VARIABLES.includes(name)) return true;
  const url = parseProxy(value);
  return url === undefined || url.username !== "" || url.password !== "";
}
