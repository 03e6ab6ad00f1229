/**
 * The agent for launchd, as a property list in XML.
 *
 * Pure. `make_plan.ts` has refused text with control characters, most of which
 * XML cannot express.
 */
import { commandWords } from "./grants.ts";
import { type MadeFolders, openVariables, type Plan } from "./plan.ts";
import { recordOf } from "./record.ts";
import { stamp } from "./stamp.ts";

export const LABEL = "dev.codaze.gateway";

/** The keys are those of launchd.plist(5). */
type Value = string | number | boolean | readonly string[] | Dictionary;
interface Dictionary {
  readonly [key: string]: Value;
}

export function launchdPlist(plan: Plan, made: readonly MadeFolders[]): string {
  const { wish } = plan;
  const environment = { ...wish.environment, ...wish.secrets };
  const record = recordOf(plan, { made, environment });
  return stamp(record, (comment) =>
    `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Made by \`codaze service install\`, which leaves it alone once it is edited. -->
<!-- ${comment} -->
<plist version="1.0">
${element(agent(plan), "")}
</plist>
`);
}

export function plistPath({ home }: Plan["places"]): string {
  return `${home}/Library/LaunchAgents/${LABEL}.plist`;
}

/** launchd creates the file and opens it again at every start. */
export function logPath({ home }: Plan["places"]): string {
  return `${home}/Library/Logs/codaze.log`;
}

function agent(plan: Plan): Dictionary {
  const { wish, places } = plan;
  const variables = { ...openVariables(plan), ...wish.secrets };
  const some = Object.keys(variables).length > 0;
  return {
    Label: LABEL,
    ProgramArguments: [
      ...commandWords(plan).map((word) =>
        typeof word === "string" ? word : `${word.flag}=${word.items.join(",")}`
      ),
      "serve",
      ...wish.flags,
    ],
    // No core dump: it would hold tokens.
    HardResourceLimits: { Core: 0 },
    SoftResourceLimits: { Core: 0 },
    ...(some ? { EnvironmentVariables: variables } : {}),
    RunAtLoad: true,
    // Restart after a crash, but not after a requested stop.
    KeepAlive: { SuccessfulExit: false },
    // At least this many seconds between two starts.
    ThrottleInterval: 30,
    ExitTimeOut: plan.stopSeconds,
    // Only the owner may read what the gateway writes.
    Umask: 0o077,
    StandardErrorPath: logPath(places),
  };
}

function element(value: Value, indent: string): string {
  const deeper = `${indent}  `;
  switch (typeof value) {
    case "string":
      return `${indent}<string>${escape(value)}</string>`;
    case "number":
      return `${indent}<integer>${value}</integer>`;
    case "boolean":
      return `${indent}<${value}/>`;
  }
  const isList = isStrings(value);
  const inside = isList
    ? value.map((item) => element(item, deeper))
    : Object.entries(value).flatMap(([key, item]) => [
      `${deeper}<key>${escape(key)}</key>`,
      element(item, deeper),
    ]);
  const name = isList ? "array" : "dict";
  return [`${indent}<${name}>`, ...inside, `${indent}</${name}>`].join("\n");
}

function isStrings(
  value: readonly string[] | Dictionary,
): value is readonly string[] {
  return Array.isArray(value);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

function escape(text: string): string {
  return text.replaceAll(/[&<>]/g, (found) => ENTITIES[found] ?? found);
}
