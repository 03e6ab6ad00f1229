/**
 * `codaze replay`: makes recorded decisions again, by the policy of the time or
 * by another one, and says which differ.
 */
import { splitOptions } from "../../config/options.ts";
import {
  readRegularFile,
  whyNoFile,
} from "../../accounts/files/regular_file.ts";
import { redact } from "../../failure/redact.ts";
import { decide } from "../../policy/decide.ts";
import {
  type Decision,
  POLICY_NAMES,
  type PolicyName,
} from "../../policy/input.ts";
import { cut } from "../../protocol/quote.ts";
import { fail, failUsage, print, withColor } from "../terminal/output.ts";
import { layOut } from "../terminal/table_layout.ts";
import { err, ok, type Result } from "../../result.ts";
import { visible } from "../terminal/text_width.ts";
import { counted } from "../terminal/words.ts";
import { readDecisions, type RecordedDecision } from "./read_decisions.ts";

/** A gateway keeps a thousand decisions, which are some megabytes. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

export async function replay(args: readonly string[]): Promise<number> {
  const options = splitOptions(args, {
    strings: ["policy"],
    positionals: true,
  });
  if (!options.ok) return failUsage(options.error);
  const { positionals: [file, ...more], rest, values } = options.value;
  const [unknown] = [...more, ...rest];
  if (unknown !== undefined) {
    return failUsage(`Cannot use "${cut(unknown)}": expected one file`);
  }
  if (file === undefined) {
    return failUsage("Name a file with recorded decisions");
  }
  const given = values.get("policy");
  const policy = POLICY_NAMES.find((name) => name === given);
  if (given !== undefined && policy === undefined) {
    return failUsage(
      `Cannot use --policy "${cut(given)}": expected one of ${
        POLICY_NAMES.join(", ")
      }`,
    );
  }
  const text = await readText(file);
  if (!text.ok) return fail(`Cannot read ${redact(file)}: ${text.error}`);
  const recorded = readDecisions(text.value);
  if (!recorded.ok) {
    return fail(`Cannot replay ${redact(file)}: ${recorded.error}`);
  }
  print(
    withColor(
      Deno.stdout.isTerminal(),
      () => replayText(recorded.value, policy),
    ),
  );
  return 0;
}

/** Undefined for `policy`: the one of the time. Pure. */
export function replayText(
  recorded: readonly RecordedDecision[],
  policy: PolicyName | undefined,
): string {
  const made = recorded.map((before) => {
    const { input } = before;
    const after = decide({ ...input, policy: policy ?? input.policy });
    return { before, after };
  });
  const different = made.filter(({ before, after }) =>
    after.account !== before.account
  );
  const by = policy === undefined ? "as recorded" : `by ${policy}`;
  const share = recorded.length === 0
    ? 0
    : Math.round(100 * different.length / recorded.length);
  const line = `${
    counted(recorded.length, "decision")
  } made again ${by}: ${different.length} ${
    different.length === 1 ? "differs" : "differ"
  } (${share}%)`;
  if (different.length === 0) return line;
  const shown = different.slice(0, MAX_SHOWN);
  const more = different.length - shown.length;
  return [line, "", ...table(shown), ...more > 0 ? [`and ${more} more`] : []]
    .join("\n");
}

const MAX_SHOWN = 20;

interface Compared {
  readonly before: RecordedDecision;
  readonly after: Decision;
}

function table(compared: readonly Compared[]): readonly string[] {
  const rows = compared.map(({ before, after }) =>
    [
      new Date(before.input.now).toJSON() ?? "",
      before.session ?? "",
      before.input.model ?? "",
      before.account ?? "nobody",
      before.rule ?? "",
      after.account ?? "nobody",
      after.rule ?? "",
    ].map((text) => ({ text: visible(text), paint: (one: string) => one }))
  );
  const head = ["TIME", "SESSION", "MODEL", "WAS", "BY RULE", "NOW", "BY RULE"];
  return layOut(head, rows).lines.map((line) => line.trimEnd());
}

async function readText(path: string): Promise<Result<string, string>> {
  try {
    const read = await readRegularFile(path, MAX_FILE_BYTES);
    switch (read.kind) {
      case "file":
        return ok(new TextDecoder().decode(read.bytes));
      case "large":
        return err("it is larger than 64 MiB");
      case "other":
        return err(whyNoFile(read.info));
    }
  } catch (error) {
    return err(
      error instanceof Deno.errors.NotFound
        ? `no such file in ${Deno.cwd()}`
        : "it cannot be read",
    );
  }
}
