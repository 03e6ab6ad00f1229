import { assert, assertEquals, assertMatch } from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import { parse } from "@std/yaml";
import {
  isObject,
  type JsonObject,
  objectField,
  stringField,
} from "../../lib/protocol/json.ts";
import {
  archiveName,
  executableName,
  TARGETS,
} from "../../scripts/compile/targets.ts";
import { ROOT } from "./run_deno.ts";

interface Workflow {
  readonly text: string;
  readonly content: JsonObject;
  readonly jobs: ReadonlyArray<readonly [name: string, job: JsonObject]>;
}

async function read(name: string): Promise<Workflow> {
  const path = join(ROOT, ".github/workflows", name);
  const text = await Deno.readTextFile(path);
  const content = parse(text);
  assert(isObject(content));
  const jobs = Object.entries(objectField(content, "jobs") ?? {}).map(
    ([name, job]) => {
      assert(isObject(job));
      return [name, job] as const;
    },
  );
  return { text, content, jobs };
}

function stepsOf(job: JsonObject): readonly JsonObject[] {
  const { steps } = job;
  assert(Array.isArray(steps));
  return steps.filter(isObject);
}

/** The runs of all jobs, one text each. */
function runsOf({ jobs }: Workflow): readonly string[] {
  return jobs.flatMap(([, job]) =>
    stepsOf(job).flatMap((step) => stringField(step, "run") ?? [])
  );
}

for (const name of ["ci.yml", "release.yml"]) {
  Deno.test(`${name} may only read, but for the jobs that publish`, async () => {
    const { content, jobs } = await read(name);
    assertEquals(content["permissions"], { contents: "read" });
    assertEquals(
      jobs.flatMap(([job, { permissions }]) =>
        permissions === undefined ? [] : [[job, permissions]]
      ),
      name === "ci.yml" ? [] : [["publish", {
        contents: "write",
        "id-token": "write",
        attestations: "write",
      }], ["npm", {
        contents: "read",
        "id-token": "write",
      }]],
    );
  });

  Deno.test(`${name} names its actions by commit, and takes none but GitHub's`, async () => {
    const { text } = await read(name);
    const uses = [...text.matchAll(/uses: (.+)$/gm)].map(([, action]) =>
      action
    );
    assert(uses.length > 0);
    for (const action of uses) {
      assertMatch(
        action ?? "",
        /^actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/,
      );
    }
  });

  Deno.test(`${name} has a limit for every job, and no token on the disk`, async () => {
    const { jobs } = await read(name);
    for (const [job, content] of jobs) {
      assertEquals([job, typeof content["timeout-minutes"]], [job, "number"]);
      for (const step of stepsOf(content)) {
        if (!stringField(step, "uses")?.startsWith("actions/checkout@")) {
          continue;
        }
        assertEquals(objectField(step, "with"), {
          "persist-credentials": false,
        });
      }
    }
  });

  Deno.test(`${name} puts no expression into a command`, async () => {
    for (const run of runsOf(await read(name))) {
      assert(!run.includes("${{"), run);
    }
  });

  Deno.test(`${name} takes Deno as .ci/run does, and scripts that exist`, async () => {
    const ci = await Deno.readTextFile(join(ROOT, ".ci/run"));
    const [deno] = /npx -y deno@\S+/.exec(ci) ?? [];
    assert(deno);
    for (const run of runsOf(await read(name))) {
      const [used] = /npx\b.*?deno@\S+/.exec(run) ?? [deno];
      assertEquals(used, deno);
      for (const [path] of run.matchAll(/scripts\/\w+\.ts|\.ci\/\w+/g)) {
        assert(await exists(join(ROOT, path)), path);
      }
    }
  });
}

Deno.test("ci.yml runs on Linux, macOS and Windows", async () => {
  const { text } = await read("ci.yml");
  for (const system of ["ubuntu-", "macos-", "windows-"]) {
    assert(text.includes(system), system);
  }
});

Deno.test("release.yml starts with a tag, and goes one way", async () => {
  const { content, jobs } = await read("release.yml");
  assertEquals(content["on"], { push: { tags: ["v*"] } });
  assertEquals(jobs.map(([name, { needs }]) => [name, needs]), [
    ["verify", undefined],
    ["compile", "verify"],
    ["smoke", "compile"],
    ["publish", "smoke"],
    ["npm", "publish"],
  ]);
  // A smoke test that fails must stop the release.
  for (const [, job] of jobs) {
    assertEquals(job["continue-on-error"], undefined);
    assertEquals(job["if"], undefined);
  }
});

Deno.test("release.yml tries every archive, each on another system", async () => {
  const { jobs } = await read("release.yml");
  const smoke = new Map(jobs).get("smoke") ?? {};
  const strategy = objectField(smoke, "strategy") ?? {};
  const { include } = objectField(strategy, "matrix") ?? {};
  assert(Array.isArray(include));
  assertEquals(
    include.map(({ archive, executable }) => [archive, executable]),
    TARGETS.map((target) => [archiveName(target), executableName(target)]),
  );
  const systems = include.map(({ os }) => os);
  assertEquals(new Set(systems).size, TARGETS.length);
  const systemOf = (target: string) =>
    /linux/.test(target)
      ? "ubuntu"
      : /darwin/.test(target)
      ? "macos"
      : "windows";
  for (const [index, target] of TARGETS.entries()) {
    assertMatch(systems[index], new RegExp(`^${systemOf(target)}-`));
  }
});
