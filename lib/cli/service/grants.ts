/**
 * The permissions of a service: its two ports, the hosts behind the gateway,
 * its folders. The command of a checkout grants Deno exactly these; an
 * executable got its permissions when it was compiled. Pure.
 */
import type { Config } from "../../config/config.ts";
import type { Environment } from "../../config/flags.ts";
import { addressOf, portOf } from "../../protocol/url.ts";
import { parseProxy, PROXY_VARIABLES } from "../../upstream/socket/proxy.ts";
import { ROOT_VARIABLES } from "../process/roots.ts";
import type { Plan } from "./plan.ts";

/** `--flag=item,item`. */
export interface ListWord {
  readonly flag: string;
  readonly items: readonly string[];
  /** Further items, in the service manager's own notation. */
  readonly special: readonly string[];
}

export type CommandWord = string | ListWord;

/** Permissions and flags that a service manager needs in addition. */
export interface Extras {
  /** Items by the name of their flag, in the manager's own notation. */
  readonly items: Readonly<Record<string, readonly string[]>>;
  readonly flags: readonly string[];
}

const NO_EXTRAS: Extras = { items: {}, flags: [] };

/** `host:port` of the proxies, for which websockets need permission. */
export function proxiesIn(env: Environment): readonly string[] {
  const proxies = PROXY_VARIABLES.flatMap((name) => {
    const proxy = parseProxy(env(name) ?? "");
    return proxy === undefined || proxy.hostname === ""
      ? []
      : [`${proxy.hostname}:${portOf(proxy)}`];
  });
  return [...new Set(proxies)];
}

/** Files of certificates, which the gateway reads. */
export function rootsIn(env: Environment): readonly string[] {
  const files = ROOT_VARIABLES.map((name) => env(name) ?? "");
  return [...new Set(files.filter((file) => file.startsWith("/")))];
}

/** `host:port` of both ports and of both hosts behind the gateway. */
export function hostsOf(
  { listen, adminListen, upstream, authIssuer }: Config,
): readonly string[] {
  return [
    addressOf(listen),
    addressOf(adminListen),
    ...[upstream, authIssuer].map((url) => `${url.hostname}:${portOf(url)}`),
  ];
}

/** The words of the command before `serve`. */
export function commandWords(
  plan: Plan,
  extras: Extras = NO_EXTRAS,
): readonly CommandWord[] {
  const { program, accountsDir, linked, hosts, wish } = plan;
  if (program.kind === "executable") return program.words;
  const folders = [accountsDir, ...linked];
  const lists: Readonly<Record<string, readonly string[]>> = {
    "--allow-net": [...hosts, ...wish.proxies],
    "--allow-read": [...folders, ...wish.roots],
    "--allow-write": folders,
  };
  const words = program.words.map((word): CommandWord => {
    const [flag = "", given] = word.split("=");
    const special = extras.items[flag] ?? [];
    const items = lists[flag];
    if (items === undefined) {
      return special.length === 0
        ? word
        : { flag, items: given?.split(",") ?? [], special };
    }
    return isListable(items) ? { flag, items, special } : flag;
  });
  // Deno's own flags go before the script.
  return words.toSpliced(-1, 0, ...extras.flags);
}

/** Whether permissions can be limited to the service's folders. */
export function hasNarrowFolders(
  { program, accountsDir, linked, wish }: Plan,
): boolean {
  return program.kind === "executable" ||
    isListable([accountsDir, ...linked, ...wish.roots]);
}

/** In Deno's lists a comma always separates items; it cannot be escaped. */
function isListable(items: readonly string[]): boolean {
  return !items.some((item) => item.includes(","));
}
