/**
 * Wish → plan: checks everything that a gateway would check at its start, so
 * that a service does not fail later where nobody looks.
 */
import { dirname, join } from "@std/path";
import { isAccountName } from "../../accounts/file_name.ts";
import { type Config, readConfig } from "../../config.ts";
import type { Environment } from "../../flags.ts";
import { err, ok, type Result } from "../../result.ts";
import { checkProxies } from "../../upstream/proxy.ts";
import { hostsOf } from "./grants.ts";
import type { Manager } from "./manager.ts";
import {
  memoryBytesOf,
  type Places,
  type Plan,
  stopSecondsOf,
  type Wish,
} from "./plan.ts";
import { programOf } from "./program.ts";

export function placesOf(env: Environment): Result<Places, string> {
  const home = env("HOME")?.replace(/\/+$/, "");
  if (!home?.startsWith("/")) {
    return err("Set HOME to the absolute path of your home folder");
  }
  // Any other value is to be ignored (XDG Base Directory Specification).
  const given = env("XDG_CONFIG_HOME")?.replace(/\/+$/, "");
  const config = given?.startsWith("/") ? given : `${home}/.config`;
  return ok({ home, config });
}

/** What the gateway of the service would make of its flags and variables. */
export function configOf(wish: Wish, { home }: Places): Result<Config, string> {
  const variables = { ...wish.environment, ...wish.secrets };
  return readConfig(
    wish.flags,
    (name) => name === "HOME" ? home : variables[name],
  );
}

export async function makePlan(
  wish: Wish,
  { places, manager }: { readonly places: Places; readonly manager: Manager },
): Promise<Result<Plan, string>> {
  const config = configOf(wish, places);
  if (!config.ok) return config;
  const variables = { ...wish.environment, ...wish.secrets };
  const proxies = checkProxies((name) => variables[name]);
  if (!proxies.ok) return proxies;

  const { accountsDir } = config.value;
  if (!accountsDir.startsWith("/")) {
    return err(
      `Cannot use the accounts dir "${accountsDir}": expected an absolute path`,
    );
  }
  const program = programOf(wish.program);
  const linked = await linkedFrom(accountsDir);
  for (
    const text of [
      ...[...program.words, ...wish.flags, ...Object.values(variables)],
      ...[places.home, places.config, accountsDir, ...linked],
      ...[...wish.proxies, ...wish.roots],
    ]
  ) {
    // The text may be a password.
    if (/\p{Cc}/u.test(text)) {
      return err("Cannot make a service of what has control characters in it");
    }
  }
  const [executable = ""] = program.words;
  if (manager.badExecutable.test(executable)) {
    return err(
      `Cannot use "${executable}": ${manager.name} runs nothing with quotes or backslashes in its path`,
    );
  }
  const stopSeconds = stopSecondsOf(config.value);
  const memoryBytes = memoryBytesOf(config.value);
  const hosts = hostsOf(config.value);
  return ok({
    ...{ wish, places, program, accountsDir, linked },
    ...{ hosts, memoryBytes, stopSeconds },
  });
}

/**
 * Folders besides `accountsDir` that the gateway writes to: an account file may
 * be a link, to Codex's own for one, and so may any folder.
 */
async function linkedFrom(accountsDir: string): Promise<readonly string[]> {
  const folders = new Set<string>();
  try {
    folders.add(await Deno.realPath(accountsDir));
    for await (const { name, isSymlink } of Deno.readDir(accountsDir)) {
      if (!isSymlink) continue;
      const real = await Deno.realPath(join(accountsDir, name)).catch(() => {});
      if (real === undefined) continue;
      const { isDirectory } = await Deno.stat(real);
      if (isDirectory) folders.add(real);
      else if (isAccountName(name)) folders.add(dirname(real));
    }
  } catch {
    // No folder, no links.
  }
  folders.delete(accountsDir);
  return [...folders].sort();
}
