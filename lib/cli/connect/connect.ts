/**
 * `codaze connect` and `codaze disconnect`: point Codex on this machine at the
 * gateway, and back. Both show what they change, and ask.
 */
import { join } from "@std/path";
import { green, red } from "@std/fmt";
import { splitOptions } from "../../config/options.ts";
import type { Config } from "../../config/config.ts";
import { err, ok, type Result } from "../../result.ts";
import { askYes, isAsked } from "../process/ask.ts";
import { baseUrlOf, faultOf } from "../codex/base_url.ts";
import { readCodexTarget } from "../codex/codex_target.ts";
import { atGateway, findGateway } from "../pool/running_gateway.ts";
import { codexHome } from "../codex/codex_home.ts";
import { grantedEnv, prepareCommand } from "../process/environment.ts";
import {
  fail,
  failUsage,
  print,
  printLine,
  withColor,
} from "../terminal/output.ts";
import { visible } from "../terminal/text_width.ts";
import { readConfigFile, writeConfigFile } from "../codex/config_file.ts";
import {
  type Key,
  ourKeys,
  type Wanted,
  withLines,
  withoutLines,
} from "../codex/config_lines.ts";

export async function connect(args: readonly string[]): Promise<number> {
  const options = splitOptions(args, { booleans: ["status", "yes"] });
  if (!options.ok) return failUsage(options.error);
  const { rest, switches } = options.value;
  const context = await prepareCommand(rest);
  if (!context.ok) return failUsage(context.error);
  const yes = switches.has("yes");
  const config = await atGateway(context.value.config);
  if (config.listen.port === 0) {
    return failUsage("Cannot connect to port 0: pass the gateway's --listen");
  }
  const done = await connectCodex(config, {
    withStatus: switches.has("status"),
    yes,
  });
  if (!done.ok) return fail(done.error);
  for (const line of done.value) printLine(line);
  return 0;
}

export interface ConnectOptions {
  /** Whether Codex's `/status` goes through the gateway, too. */
  readonly withStatus: boolean;
  readonly yes: boolean;
}

/** Returns what to tell the person. */
export async function connectCodex(
  config: Config,
  { withStatus, yes }: ConnectOptions,
): Promise<Result<readonly string[], string>> {
  const file = await configFile();
  if (!file.ok) return file;
  const { path, text } = file.value;
  const wanted = wantedLines(config, withStatus, ourKeys(text ?? ""));
  const edited = withLines(text, wanted);
  if (!edited.ok) return cannot(path, edited.error);
  const astray = whyAstray(edited.value, config);
  if (astray !== undefined) return cannot(path, astray);
  if (edited.value === text) {
    return ok([`Codex already goes through Codaze, by ${path}`]);
  }
  const isWritten = await ask(path, { text, edited: edited.value, yes });
  if (!isWritten.ok) return isWritten;
  if (!isWritten.value) return ok(["Nothing changed"]);
  return ok([
    "Codex goes through Codaze from its next start; codaze disconnect undoes it",
    ...await missing(config),
  ]);
}

export async function disconnect(args: readonly string[]): Promise<number> {
  const options = splitOptions(args, { booleans: ["yes"] });
  if (!options.ok) return failUsage(options.error);
  const { rest, switches } = options.value;
  const context = await prepareCommand(rest);
  if (!context.ok) return failUsage(context.error);
  const done = await disconnectCodex(switches.has("yes"));
  if (!done.ok) return fail(done.error);
  printLine(done.value);
  return 0;
}

async function disconnectCodex(yes: boolean): Promise<Result<string, string>> {
  const file = await configFile();
  if (!file.ok) return file;
  const { path, text } = file.value;
  if (text === undefined || ourKeys(text).length === 0) {
    return ok(`There is no line of codaze connect in ${path}`);
  }
  const edited = withoutLines(text);
  if (!edited.ok) return cannot(path, edited.error);
  const isWritten = await ask(path, { text, edited: edited.value, yes });
  if (!isWritten.ok) return isWritten;
  return ok(
    isWritten.value
      ? "Codex does not go through Codaze any more, from its next start"
      : "Nothing changed",
  );
}

function cannot(path: string, why: string): Result<never, string> {
  return err(`Cannot edit ${path}: ${why}`);
}

async function configFile() {
  const home = codexHome(grantedEnv);
  return home === undefined
    ? cannot("config.toml", "set HOME or CODEX_HOME")
    : await readConfigFile(home);
}

/** Lines of an earlier run follow, so that both lead to the same gateway. */
function wantedLines(
  { listen }: Config,
  withStatus: boolean,
  earlier: readonly Key[],
): Wanted {
  const wanted = new Map<Key, string>([["openai_base_url", baseUrlOf(listen)]]);
  if (withStatus || earlier.includes("chatgpt_base_url")) {
    wanted.set("chatgpt_base_url", baseUrlOf(listen, "/backend-api"));
  }
  return wanted;
}

/** Why Codex would not go through the gateway all the same. */
function whyAstray(text: string, { listen }: Config): string | undefined {
  const target = readCodexTarget(text);
  if (!target.ok) return target.error;
  const { provider, key, baseUrl = "", chatgptBaseUrl } = target.value;
  if (provider !== "openai") {
    return `it has Codex use the provider "${provider}": set base_url = "${
      baseUrlOf(listen)
    }" under [model_providers.${provider}], or delete model_provider`;
  }
  if (faultOf(baseUrl, listen) !== undefined) {
    return `its profile sets another ${key}: change it there`;
  }
  const isMisled = chatgptBaseUrl?.startsWith("http://") &&
    faultOf(chatgptBaseUrl, listen, "/backend-api") !== undefined;
  return isMisled
    ? "its chatgpt_base_url leads somewhere else: delete that line"
    : undefined;
}

interface Change {
  readonly text: string | undefined;
  /** Undefined: the file goes. */
  readonly edited: string | undefined;
  readonly yes: boolean;
}

/** Shows the change, asks, and writes it. False if the person said no. */
async function ask(
  path: string,
  { text, edited, yes }: Change,
): Promise<Result<boolean, string>> {
  printLine(edited === undefined ? `${path}, which goes` : path);
  print(withColor(Deno.stdout.isTerminal(), () => changed(text, edited)));
  if (!yes && !isAsked()) {
    return cannot(path, "nobody can be asked here; pass --yes");
  }
  const isWanted = yes || await askYes("Write it?", { byDefault: true });
  if (!isWanted) return ok(false);
  // Codex writes to it, too, and a person may take long to answer.
  const now = await configFile();
  if (!now.ok) return now;
  if (now.value.text !== text) {
    return cannot(path, "it has changed meanwhile; try again");
  }
  const written = await writeConfigFile(path, edited);
  return written.ok ? ok(true) : written;
}

/** The lines that are in one of both only, as a diff shows them. */
function changed(before = "", after = ""): string {
  const [old, now] = [lines(before), lines(after)];
  return [
    ...old.filter((line) => !now.includes(line))
      .map((line) => red(`- ${visible(line)}`)),
    ...now.filter((line) => !old.includes(line))
      .map((line) => green(`+ ${visible(line)}`)),
  ].join("\n");
}

function lines(text: string): readonly string[] {
  return text.split(/\r?\n/);
}

/** What Codex still needs before it can start. */
async function missing(config: Config): Promise<readonly string[]> {
  const home = codexHome(grantedEnv) ?? "";
  const login = await Deno.stat(join(home, "auth.json")).catch(() => undefined);
  const gateway = await findGateway(config);
  return [
    ...(login ? [] : [
      "Codex wants a key before it starts; any will do: echo any | codex login --with-api-key",
    ]),
    ...(gateway ? [] : [
      "No gateway runs yet: start it with codaze, or install it with codaze service install",
    ]),
  ];
}
