/** Extra roots: which variable counts, and files that cannot be used. */
import { assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import { runCodaze, startCodaze } from "../support/codaze.ts";
import { makeFifo } from "../support/fifo.ts";
import { Machine } from "./doctor_support.ts";

const ROOT = fileURLToPath(
  new URL("../fixtures/tls/root.pem", import.meta.url),
);

/** One variable names a file that the process may not read. */
async function scene() {
  const machine = await Machine.start();
  const hidden = machine.path("hidden.pem");
  await Deno.copyFile(ROOT, hidden);
  const env = {
    ...machine.env,
    CODEX_CA_CERTIFICATE: hidden,
    SSL_CERT_FILE: ROOT,
  };
  return { machine, options: { env, flags: [`--deny-read=${hidden}`] } };
}

const SKIPPED =
  "CODEX_CA_CERTIFICATE is not used, because this process may not read it";

Deno.test("codaze doctor names the variable whose roots are used", async () => {
  const { machine, options } = await scene();
  await using _machine = machine;
  const { stdout } = await runCodaze(
    ["doctor", "--json", ...machine.flags],
    options,
  );
  const findings: readonly { check: string; verdict: string; found: string }[] =
    JSON.parse(stdout).findings;
  const roots = findings.filter(({ check }) => check === "extra roots");
  assertEquals(roots.map(({ verdict }) => verdict), ["warn", "ok"]);
  assertMatch(roots[0]?.found ?? "", new RegExp(`^${SKIPPED}: `));
  assertEquals(roots[1]?.found, `SSL_CERT_FILE "${ROOT}": 1 in it`);
});

Deno.test("a command and the gateway tell which roots they do without", async () => {
  const { machine, options } = await scene();
  await using _machine = machine;
  const listed = await runCodaze(["accounts", ...machine.flags], options);
  assertEquals(listed.code, 0, listed.stderr);
  assertMatch(listed.stderr, new RegExp(SKIPPED));

  await using gateway = startCodaze(machine.flags, options);
  await gateway.printed(new RegExp(SKIPPED));
});

Deno.test({
  name: "a FIFO for roots is refused at once, and not opened",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using machine = await Machine.start();
    const path = machine.path("roots.pem");
    await makeFifo(path);
    for (const command of [[], ["accounts"]]) {
      const { code, stderr } = await machine.run(
        [...command, ...machine.flags],
        { SSL_CERT_FILE: path },
      );
      assertEquals([code, stderr], [
        2,
        `codaze: Cannot use SSL_CERT_FILE "${path}": it is a FIFO, a socket or a device, not a file\n`,
      ]);
    }
  },
});

Deno.test("a folder for roots is refused", async () => {
  await using machine = await Machine.start();
  const { code, stderr } = await machine.run(
    machine.flags,
    { SSL_CERT_FILE: machine.dir },
  );
  assertEquals([code, stderr], [
    2,
    `codaze: Cannot use SSL_CERT_FILE "${machine.dir}": it is a folder\n`,
  ]);
});
