import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import denoJson from "../../deno.json" with { type: "json" };
import { objectField, parseObject } from "../../lib/protocol/json.ts";
import { type Package, readPackages } from "../../scripts/compile/packages.ts";
import { sbom } from "../../scripts/sbom.ts";
import { ROOT, runDeno } from "./run_deno.ts";

/** 2026-11-22 16:14:10 UTC. */
const SOURCE = { commit: "abc1234", time: 1_795_364_050 };

async function printed(): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runDeno([
    "run",
    "--no-prompt",
    "--frozen",
    "--allow-env",
    "--allow-read",
    "--allow-run=deno,git",
    "scripts/sbom.ts",
  ]);
  assertEquals([code, stderr], [0, ""]);
  return JSON.parse(stdout);
}

Deno.test("the bill of materials of this tree has each package of the lock, and Deno", async () => {
  const bill = await printed();
  const lock = parseObject(
    await Deno.readTextFile(join(ROOT, "deno.lock")),
  ) ?? {};
  const npm = objectField(lock, "npm") ?? {};
  const locked = Object.keys(npm).map((key) => {
    const { integrity } = JSON.parse(JSON.stringify(npm[key]));
    const [, name, version] = /^(.+)@(.+)$/.exec(key) ?? [];
    const content = atob(integrity.replace("sha512-", "")).replaceAll(
      /[\s\S]/g,
      (char) => char.charCodeAt(0).toString(16).padStart(2, "0"),
    );
    return {
      type: "library",
      "bom-ref": `pkg:npm/${key}`,
      name,
      version,
      hashes: [{ alg: "SHA-512", content }],
      licenses: [{ license: { id: "MIT" } }],
      purl: `pkg:npm/${key}`,
    };
  });
  assert(locked.length >= 2);
  const deno = `pkg:github/denoland/deno@v${Deno.version.deno}`;
  assertEquals(bill["components"], [{
    type: "platform",
    "bom-ref": deno,
    name: "deno",
    version: Deno.version.deno,
    licenses: [{ license: { id: "MIT" } }],
    purl: deno,
  }, ...locked]);
  const codaze = `pkg:generic/codaze@${denoJson.version}`;
  assertEquals(bill["dependencies"], [
    { ref: codaze, dependsOn: [deno, ...locked.map(({ purl }) => purl)] },
    { ref: deno, dependsOn: [] },
    ...locked.map(({ purl }) => ({ ref: purl, dependsOn: [] })),
  ]);
});

function bill(packages: readonly Package[]) {
  const text = sbom({
    version: "1.2.3",
    denoVersion: "2.9.6",
    source: SOURCE,
    packages,
  });
  assert(text.endsWith("}\n"));
  return JSON.parse(text);
}

Deno.test("sbom() says what it is of, and of when", () => {
  const { metadata, ...rest } = bill([]);
  assertEquals(
    [rest.bomFormat, rest.specVersion, rest.version],
    ["CycloneDX", "1.6", 1],
  );
  assertEquals(metadata, {
    timestamp: "2026-11-22T16:14:10.000Z",
    component: {
      type: "application",
      "bom-ref": "pkg:generic/codaze@1.2.3",
      name: "codaze",
      version: "1.2.3",
      licenses: [{ license: { id: "Apache-2.0" } }],
      purl: "pkg:generic/codaze@1.2.3",
      properties: [{ name: "codaze:commit", value: "abc1234" }],
    },
  });
});

const SCOPED: Package = {
  name: "@scope/a",
  version: "1.0.0",
  integrity: "sha512-AQID",
  dependencies: ["@scope/b@2.0.0"],
  licence: "MIT OR Apache-2.0",
  licenceText: undefined,
  folder: "registry/@scope/a/1.0.0",
};

Deno.test("sbom() writes scopes, licences and dependencies as the formats want", () => {
  const { components, dependencies } = bill([SCOPED]);
  assertEquals(components[1], {
    type: "library",
    "bom-ref": "pkg:npm/%40scope/a@1.0.0",
    name: "@scope/a",
    version: "1.0.0",
    hashes: [{ alg: "SHA-512", content: "010203" }],
    licenses: [{ expression: "MIT OR Apache-2.0" }],
    purl: "pkg:npm/%40scope/a@1.0.0",
  });
  assertEquals(dependencies[2], {
    ref: "pkg:npm/%40scope/a@1.0.0",
    dependsOn: ["pkg:npm/%40scope/b@2.0.0"],
  });
});

Deno.test("sbom() has one serial number for one content", () => {
  const { serialNumber } = bill([SCOPED]);
  assertMatch(
    serialNumber,
    /^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  );
  assertEquals(bill([SCOPED]).serialNumber, serialNumber);
  assert(bill([]).serialNumber !== serialNumber);
});

Deno.test("readPackages() reads peers and bare dependencies from the lock", async () => {
  const cache = await Deno.makeTempDir({ prefix: "codaze-test-" });
  try {
    for (const path of ["@scope/a/1.0.0", "b/2.0.0"]) {
      const folder = join(cache, "registry", path);
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeTextFile(
        join(folder, "package.json"),
        '{"license":"ISC"}',
      );
    }
    const lock = JSON.stringify({
      npm: {
        "@scope/a@1.0.0_b@2.0.0": {
          integrity: "sha512-AQID",
          dependencies: ["b"],
        },
        "b@2.0.0": { integrity: "sha512-BAUG" },
      },
    });
    const packages = await readPackages(lock, cache);
    assert(packages.ok);
    assertEquals(packages.value, [
      {
        name: "@scope/a",
        version: "1.0.0",
        integrity: "sha512-AQID",
        dependencies: ["b@2.0.0"],
        licence: "ISC",
        licenceText: undefined,
        folder: join("registry", "@scope/a/1.0.0"),
      },
      {
        name: "b",
        version: "2.0.0",
        integrity: "sha512-BAUG",
        dependencies: [],
        licence: "ISC",
        licenceText: undefined,
        folder: join("registry", "b/2.0.0"),
      },
    ]);
    assertEquals(await readPackages(lock, join(cache, "other")), {
      ok: false,
      error: `Cannot find "@scope/a@1.0.0_b@2.0.0" in ${
        join(cache, "other")
      }: run deno install first`,
    });
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});
