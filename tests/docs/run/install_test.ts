/** `scripts/install.sh`, from a release that is a folder on this machine. */
import { fileURLToPath } from "node:url";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";

const SCRIPT = fileURLToPath(
  new URL("../../../scripts/install.sh", import.meta.url),
);

const SYSTEM = Deno.build.os === "darwin"
  ? "apple-darwin"
  : "unknown-linux-gnu";
const ARCHIVE = `codaze-${Deno.build.arch}-${SYSTEM}.tar.gz`;

interface Place {
  readonly release: string;
  readonly home: string;
}

async function withRelease(use: (place: Place) => Promise<void>) {
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  const [release, home] = [join(dir, "release"), join(dir, "home")];
  try {
    await Deno.mkdir(release);
    await Deno.mkdir(home);
    const made = await sh(
      `cd "$1" && printf '#!/bin/sh\\necho codaze 1.2.3\\n' > codaze &&
       chmod +x codaze && tar -czf ${ARCHIVE} codaze && rm codaze &&
       { sha256sum ${ARCHIVE} || shasum -a 256 ${ARCHIVE}; } > SHA256SUMS`,
      { args: [release] },
    );
    assertEquals(made.code, 0, made.stderr);
    await use({ release, home });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

interface Shell {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

async function sh(script: string, { args, env = {} }: Shell) {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", script, "bash", ...args],
    env,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

function install(
  { home }: Place,
  from: string,
  ...more: readonly string[]
) {
  return sh('exec bash "$@"', {
    args: [SCRIPT, "--from", from, ...more],
    env: { HOME: home },
  });
}

Deno.test("install.sh puts the executable there, and says so", async () => {
  await withRelease(async (place) => {
    const { release, home } = place;
    const target = join(home, ".local", "bin", "codaze");
    for (const from of [release, `file://${release}`]) {
      const { code, stdout, stderr } = await install(place, from);
      assertEquals([code, stderr], [0, ""]);
      assertStringIncludes(stdout, `Installed: ${target}\n`);
      assertStringIncludes(stdout, `Next: ${target} setup`);
    }
    const ran = await sh('"$1"', { args: [target] });
    assertEquals(ran.stdout, "codaze 1.2.3\n");
  });
});

type Spoil = (place: Place) => Promise<readonly string[]>;

/** What is wrong, and what the script says of it. */
const FAULTS: Readonly<Record<string, readonly [spoil: Spoil, says: string]>> =
  {
    "a wrong sum": [async ({ release }) => {
      const sums = `${"0".repeat(64)}  ${ARCHIVE}\n`;
      await Deno.writeTextFile(join(release, "SHA256SUMS"), sums);
      return [release];
    }, "is not what was released"],
    "no sum": [async ({ release }) => {
      await Deno.writeTextFile(join(release, "SHA256SUMS"), "");
      return [release];
    }, `SHA256SUMS has no line for ${ARCHIVE}`],
    "no release there": [
      ({ release }) => Promise.resolve([`${release}/none`]),
      "Cannot get",
    ],
    "no network": [
      () => Promise.resolve(["http://127.0.0.1:9"]),
      "Cannot get http://127.0.0.1:9/SHA256SUMS",
    ],
    "an unwritable place": [async ({ release, home }) => {
      await Deno.writeTextFile(join(home, "file"), "");
      return [release, "--to", join(home, "file", "bin")];
    }, "Cannot write to"],
    "an unknown word": [
      ({ release }) => Promise.resolve([release, "--into", "x"]),
      'Cannot use "--into"',
    ],
  };

for (const [name, [spoil, says]] of Object.entries(FAULTS)) {
  Deno.test(`install.sh stops at ${name}, and leaves nothing`, async () => {
    await withRelease(async (place) => {
      const [from = "", ...more] = await spoil(place);
      const { code, stdout, stderr } = await install(place, from, ...more);
      assertEquals([code, stdout], [1, ""], stderr);
      assertStringIncludes(stderr, says);
      const left = await Deno.stat(join(place.home, ".local")).catch(() => 0);
      assertEquals(left, 0);
    });
  });
}
