import { assertEquals } from "@std/assert";
import { type OwnOptions, splitOptions } from "../../lib/config/options.ts";

interface SplitCase {
  readonly args: readonly string[];
  readonly own?: OwnOptions;
  readonly values?: Readonly<Record<string, string>>;
  readonly lists?: Readonly<Record<string, readonly string[]>>;
  readonly switches?: readonly string[];
  readonly positionals?: readonly string[];
  readonly rest?: readonly string[];
}

const LOGIN: OwnOptions = { strings: ["label"], booleans: ["device"] };
const IMPORT: OwnOptions = { ...LOGIN, positionals: true };
const SERVICE: OwnOptions = { lists: ["env"], positionals: true };

const SPLITS: Readonly<Record<string, SplitCase>> = {
  "nothing": { args: [] },
  "a value after its name": {
    args: ["--label", "work", "--device"],
    values: { label: "work" },
    switches: ["device"],
  },
  "a value behind =": {
    args: ["--label=my own = thing"],
    values: { label: "my own = thing" },
  },
  "an empty value behind =": { args: ["--label="], values: { label: "" } },
  "a value with a dash behind =": {
    args: ["--label=-x"],
    values: { label: "-x" },
  },
  "flags of codaze, and a letter that nobody knows": {
    args: ["--accounts-dir", "/a", "--device", "--log-level=info", "-v"],
    switches: ["device"],
    rest: ["--accounts-dir", "/a", "--log-level=info", "-v"],
  },
  "words nobody wants": { args: ["word"], rest: ["word"] },
  "words after -- nobody wants": {
    args: ["--device", "--", "--device"],
    switches: ["device"],
    rest: ["--", "--device"],
  },
  "words": {
    args: ["a.json", "--accounts-dir", "/a", "-", "--", "--label", "--"],
    own: IMPORT,
    positionals: ["a.json", "-", "--label", "--"],
    rest: ["--accounts-dir", "/a"],
  },
  "each value of what may be repeated": {
    args: ["--env", "A=1", "install", "--env=B=", "--", "--env"],
    own: SERVICE,
    lists: { env: ["A=1", "B="] },
    positionals: ["install", "--env"],
  },
  "what may be repeated without its value": {
    args: ["--env", "--accounts-dir", "/a", "--env"],
    own: SERVICE,
    lists: { env: ["", ""] },
    rest: ["--accounts-dir", "/a"],
  },
  "a flag of codaze without its value": {
    args: ["--accounts-dir", "--device", "word"],
    own: IMPORT,
    switches: ["device"],
    positionals: ["word"],
    rest: ["--accounts-dir"],
  },
};

for (const [what, given] of Object.entries(SPLITS)) {
  Deno.test(`splitOptions() splits ${what}`, () => {
    const { args, own = LOGIN, values = {}, lists = {} } = given;
    const { switches = [], positionals = [], rest = [] } = given;
    assertEquals(splitOptions(args, own), {
      ok: true,
      value: {
        values: new Map(Object.entries(values)),
        lists: new Map(Object.entries(lists)),
        switches: new Set(switches),
        positionals,
        rest,
      },
    });
  });
}

const REFUSED: ReadonlyArray<[readonly string[], string]> = [
  [["--label"], "Cannot use --label: expected a value after it"],
  [["--label", "--device"], "Cannot use --label: expected a value after it"],
  [
    ["--label=a", "--label", "b"],
    'Cannot use --label "a" and "b": expected it once',
  ],
  [["--device=yes"], 'Cannot use --device "yes": expected no value'],
];

for (const [args, error] of REFUSED) {
  Deno.test(`splitOptions() refuses ${args.join(" ")}`, () => {
    assertEquals(splitOptions(args, LOGIN), { ok: false, error });
  });
}
