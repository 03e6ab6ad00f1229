/**
 * Every command of every document, typed as printed, in the order of the
 * document, in a scene of its own.
 */
import { assert, assertEquals } from "@std/assert";
import { assertNoToken } from "../../support/canary.ts";
import { type Command, commandsOf, isSetting } from "../commands.ts";
import { readDocuments } from "../../support/documents.ts";
import { shapeDifferences } from "../shape.ts";
import { HANDLING, NEEDS } from "./handling.ts";
import { Scene } from "./scene.ts";

const documents = await readDocuments();

/** The readme in Chinese has the very same ones, which another test holds. */
const typed = documents.filter(({ path }) => path !== "docs/README.zh-CN.md");

let ran = 0;
let classified = 0;

for (const document of typed) {
  const commands = commandsOf(document);
  if (commands.length === 0) continue;
  Deno.test(`${document.path} works as printed`, async (t) => {
    await using scene = await Scene.open(document.path);
    const settings: string[] = [];
    for (const command of commands) {
      const { text, line } = command;
      const handling = HANDLING.get(text);
      if (handling?.kind === "classified") classified++;
      else ran++;
      if (isSetting(command)) settings.push(text);
      else {
        await t.step(
          `line ${line}: ${text}`,
          () =>
            handling?.kind === "classified"
              ? parses(scene, command)
              : works(scene, command, settings),
        );
      }
    }
  });
}

Deno.test("what is said of commands is of commands that are there", () => {
  const texts = typed.flatMap(commandsOf).map(({ text }) => text);
  for (const text of [...HANDLING.keys(), ...NEEDS.keys()]) {
    assert(texts.includes(text), `no document has ${text}`);
  }
  // deno-lint-ignore no-console
  console.log(
    `${documents.length} documents, ${ran} commands run, ${classified} classified`,
  );
});

async function works(
  scene: Scene,
  { text, output }: Command,
  settings: readonly string[],
): Promise<void> {
  const handling = HANDLING.get(text);
  if (handling?.kind === "until") await scene.stopGateway();
  else await scene.startGateway();

  const env = NEEDS.get(text) ?? {};
  const running = scene.shell.start(scene.typed(text), { settings, env });
  if (handling?.kind === "until") {
    await Promise.any([
      running.printed(handling.printed),
      running.complained(handling.printed),
    ]);
    running.signal("SIGINT");
  }
  if (handling?.kind === "signs_in") await scene.signIn(handling.by, running);
  const { code, stdout, stderr } = await running.ended;

  assertNoToken(stdout, "standard output");
  assertNoToken(stderr, "standard error");
  const expected = handling?.kind === "exits" ? handling.code : 0;
  assertEquals(code, expected, `${text}\n${stdout}\n${stderr}`);
  // curl ends with 0 whatever it is answered.
  assert(!stdout.startsWith('{"error"'), stdout);
  if (output === undefined) return;
  const differences = shapeDifferences(JSON.parse(output), JSON.parse(stdout));
  assertEquals(differences, []);
}

/** Of what cannot be run: it is at least a command. */
async function parses({ shell }: Scene, { text }: Command): Promise<void> {
  const quoted = `'${text.replaceAll("'", `'\\''`)}'`;
  const { code, stderr } = await shell.start(`bash -n -c ${quoted}`).ended;
  assertEquals(code, 0, stderr);
}
