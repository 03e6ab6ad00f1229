/**
 * Which folder the account files are in: the one that a person named, or the
 * default. Pure; does not check that the folder exists.
 */

import { err, ok, type Result } from "../../result.ts";

export interface AccountsDirOptions {
  /** What `--accounts-dir` or its environment twin says. */
  readonly value: string | undefined;
  /** Which of the two says it, for the error. */
  readonly source: string;
  readonly env: (name: string) => string | undefined;
  readonly os: typeof Deno.build.os;
}

/**
 * A leading `~/` is the home folder: no shell expands it in
 * `--accounts-dir=~/x`, and a service or an `.env` file has no shell.
 */
export function accountsDirOf(
  { value, source, env, os }: AccountsDirOptions,
): Result<string, string> {
  const home = homeOf(env, os);
  if (value === undefined) {
    return home === undefined
      ? err("Set --accounts-dir: neither HOME nor USERPROFILE is set")
      : ok(home.path + home.separator + ".codaze");
  }
  const refuse = (hint: string) =>
    err(`Cannot use ${source} "${value}": ${hint}`);
  if (value === "") return refuse("expected a folder");
  if (!value.startsWith("~")) return ok(value);

  const rest = value.slice(1);
  const isHome = rest === "" || rest.startsWith("/") ||
    (os === "windows" && rest.startsWith("\\"));
  if (!isHome) {
    return refuse(
      `expected ~/ and a folder, or ./${value} for one of that name`,
    );
  }
  return home === undefined
    ? refuse("neither HOME nor USERPROFILE is set")
    : ok(home.path + rest);
}

interface Home {
  readonly path: string;
  readonly separator: string;
}

/** Windows sets USERPROFILE; only some shells there set HOME. */
function homeOf(
  env: AccountsDirOptions["env"],
  os: AccountsDirOptions["os"],
): Home | undefined {
  const home = { name: "HOME", separator: os === "windows" ? "\\" : "/" };
  const profile = { name: "USERPROFILE", separator: "\\" };
  const order = os === "windows" ? [profile, home] : [home, profile];
  for (const { name, separator } of order) {
    const path = env(name)?.replace(/[/\\]+$/, "");
    if (path) return { path, separator };
  }
  return undefined;
}
