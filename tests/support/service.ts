/** Scratch home folders for the service, and the program run in them. */
import { join } from "@std/path";
import { type Ended, runCodaze } from "./codaze.ts";
import type { Plan, Wish } from "../../lib/cli/service/plan.ts";

export const UNIT = ".config/systemd/user/codaze.service";
export const SECRETS = ".config/systemd/user/codaze.env";
export const PLIST = "Library/LaunchAgents/dev.codaze.gateway.plist";

/** Real paths only: `$TMPDIR` of macOS is behind a link. */
export async function withHome(
  use: (home: string) => Promise<void>,
): Promise<void> {
  const made = await Deno.makeTempDir({ prefix: "codaze-home-" });
  const home = await Deno.realPath(made);
  try {
    await use(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** `codaze service …` of a person who lives in `home`. */
export async function runService(
  home: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return await runCodaze(["service", ...args], {
    env: {
      HOME: home,
      XDG_CONFIG_HOME: "",
      SSL_CERT_FILE: "",
      CODEX_CA_CERTIFICATE: "",
      ...env,
    },
  });
}

/** Every path in `home` with all that could have been changed of it. */
export async function treeOf(home: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(home)) {
    const path = join(home, name);
    const { mode } = await Deno.lstat(path);
    const inside = isSymlink
      ? await Deno.readLink(path)
      : isDirectory
      ? ""
      : await Deno.readTextFile(path);
    lines.push(`${path} ${(mode ?? 0).toString(8)} ${inside}`);
    if (isDirectory) lines.push(...await treeOf(path));
  }
  return lines.sort();
}

export const WISH: Wish = {
  flags: [],
  environment: {},
  secrets: {},
  program: undefined,
  proxies: [],
  roots: [],
};

export function planIn(home: string, wish: Partial<Wish> = {}): Plan {
  return {
    wish: { ...WISH, ...wish },
    places: { home, config: `${home}/.config` },
    program: {
      path: "/usr/bin/codaze",
      kind: "executable",
      words: ["/usr/bin/codaze"],
      environment: {},
    },
    accountsDir: `${home}/.codaze`,
    linked: [],
    hosts: ["127.0.0.1:1"],
    memoryBytes: 2048 * 1024 * 1024,
    stopSeconds: 20,
  };
}

/**
 * The words of `ExecStart=` as systemd makes them out, with its folders for a
 * person's home (`%h`) and for sockets (`%t`).
 */
export function commandOf(
  unit: string,
  { home, runtime }: { readonly home: string; readonly runtime: string },
): readonly string[] {
  const [, line = ""] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
  const words = line.match(/"(?:\\.|[^"\\])*"|\S+/g) ?? [];
  return words.map((word) => {
    const text = word.startsWith('"')
      ? word.slice(1, -1).replaceAll(/\\(.)/g, "$1")
      : word;
    return text.replaceAll(
      /%%|%h|%t|\$\$/g,
      (found) =>
        found === "%h" ? home : found === "%t" ? runtime : found[0] ??
          "",
    );
  });
}
