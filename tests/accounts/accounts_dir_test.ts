import { assertEquals } from "@std/assert";
import { accountsDirOf } from "../../lib/accounts/files/accounts_dir.ts";

type Env = Readonly<Record<string, string>>;

const UNIX: Env = { HOME: "/home/me" };
const WINDOWS: Env = { USERPROFILE: "C:\\Users\\me", HOME: "/c/Users/me" };

const GOOD: ReadonlyArray<
  [os: "linux" | "darwin" | "windows", env: Env, value: string, dir: string]
> = [
  ["linux", UNIX, "none", "/home/me/.codaze"],
  [
    "darwin",
    { ...UNIX, ...WINDOWS, HOME: "/Users/me/" },
    "none",
    "/Users/me/.codaze",
  ],
  ["linux", UNIX, "~", "/home/me"],
  ["linux", UNIX, "~/a b/c", "/home/me/a b/c"],
  ["linux", UNIX, "relative", "relative"],
  ["linux", UNIX, "./~x", "./~x"],
  ["linux", UNIX, "/x/~", "/x/~"],
  ["windows", WINDOWS, "none", "C:\\Users\\me\\.codaze"],
  ["windows", { HOME: "D:\\home" }, "none", "D:\\home\\.codaze"],
  [
    "windows",
    { USERPROFILE: "", HOME: "D:\\home\\" },
    "none",
    "D:\\home\\.codaze",
  ],
  ["windows", WINDOWS, "~\\accounts", "C:\\Users\\me\\accounts"],
  ["windows", WINDOWS, "~/accounts", "C:\\Users\\me/accounts"],
  ["windows", WINDOWS, "\\\\server\\share\\x", "\\\\server\\share\\x"],
];

for (const [os, env, value, dir] of GOOD) {
  Deno.test(`on ${os}, --accounts-dir ${value} of ${JSON.stringify(env)} is ${dir}`, () => {
    const given = value === "none" ? undefined : value;
    const found = accountsDirOf({
      value: given,
      source: "--accounts-dir",
      env: (name) => env[name],
      os,
    });
    assertEquals(found, { ok: true, value: dir });
  });
}

const BAD: ReadonlyArray<
  [os: "linux" | "windows", env: Env, value: string | undefined, error: string]
> = [
  [
    "linux",
    {},
    undefined,
    "Set --accounts-dir: neither HOME nor USERPROFILE is set",
  ],
  [
    "linux",
    { HOME: "" },
    undefined,
    "Set --accounts-dir: neither HOME nor USERPROFILE is set",
  ],
  ["linux", UNIX, "", 'Cannot use --accounts-dir "": expected a folder'],
  [
    "linux",
    {},
    "~/x",
    'Cannot use --accounts-dir "~/x": neither HOME nor USERPROFILE is set',
  ],
  [
    "linux",
    UNIX,
    "~bob/x",
    'Cannot use --accounts-dir "~bob/x": expected ~/ and a folder, or ./~bob/x for one of that name',
  ],
  [
    "linux",
    UNIX,
    "~\\x",
    'Cannot use --accounts-dir "~\\x": expected ~/ and a folder, or ./~\\x for one of that name',
  ],
];

for (const [os, env, value, error] of BAD) {
  Deno.test(`on ${os}, --accounts-dir ${value} of ${JSON.stringify(env)} is refused`, () => {
    const found = accountsDirOf({
      value,
      source: "--accounts-dir",
      env: (name) => env[name],
      os,
    });
    assertEquals(found, { ok: false, error });
  });
}
