/**
 * Turns a wish into a plan. Checks everything that a gateway checks at its
 * start, so that errors show now and not later in a log.
 */
import { dirname, join } from "@std/path";
import { isAccountName } from "../../accounts/files/file_name.ts";
import { type Config, readConfig } from "../../config/config.ts";
import type { Environment } from "../../config/flags.ts";
import { err, ok, type Result } from "../../result.ts";
import { checkProxies } from "../../upstream/socket/proxy.ts";
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
  // Relative paths must be ignored (XDG Base Directory Specification).
  const given = env("XDG_CONFIG_HOME")?.replace(/\/+$/, "");
  const config = given?.startsWith("/") ? given : `${home}/.config`;
  return ok({ home, config });
}

/** The configuration that the service's gateway will have. */
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
    // The message does not quote the text, which may be a password.
    if (/\p{Cc}/u.test(text)) {
      return err("Cannot make a service from text with control characters");
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
 * Folders outside `accountsDir` that the gateway writes to, because
 * `accountsDir` or something in it is a link, such as one to Codex's auth.json.
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
    // A missing folder has no links.
  }
  folders.delete(accountsDir);
  return [...folders].sort();
}
