import { assertEquals } from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import { listFolder } from "../../lib/accounts/files/folder.ts";
import {
  type Addresses,
  findNotes,
  leaveNote,
  RUNNING_FOLDER,
} from "../../lib/accounts/sync/running.ts";

let clock = 1_795_341_600_000;

function at(port: number): Addresses {
  return {
    listen: { hostname: "127.0.0.1", port },
    adminListen: { hostname: "::1", port: port + 1 },
  };
}

async function noted(dir: string, addresses: Addresses) {
  const note = await leaveNote(dir, addresses, clock++);
  if (!note.ok) throw new Error(note.error);
  return note.value;
}

async function ports(dir: string): Promise<readonly number[]> {
  return (await findNotes(dir)).map(({ listen }) => listen.port);
}

async function inFolder(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  try {
    await use(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("findNotes finds every gateway that runs, the eldest first, and no other", () =>
  inFolder(async (dir) => {
    assertEquals(await findNotes(join(dir, "nowhere")), []);
    assertEquals(await findNotes(dir), []);
    {
      await using _first = await noted(dir, at(1));
      await using _second = await noted(dir, at(3));
      const [first] = await findNotes(dir);
      assertEquals(first?.listen, at(1).listen);
      assertEquals(first?.adminListen, at(1).adminListen);
      assertEquals(await ports(dir), [1, 3]);
      // Two who look do not take each other for a gateway.
      const seen = await Promise.all([ports(dir), ports(dir), ports(dir)]);
      assertEquals(seen, [[1, 3], [1, 3], [1, 3]]);
    }
    assertEquals(await findNotes(dir), []);
    assertEquals(await Array.fromAsync(Deno.readDir(dir)), []);
  }));

Deno.test("a note is no account, and is for nobody else to read", () =>
  inFolder(async (dir) => {
    await using _note = await noted(dir, at(1));
    assertEquals(await listFolder(dir), { ok: true, value: [] });
    if (Deno.build.os === "windows") return;
    const folder = join(dir, RUNNING_FOLDER);
    assertEquals(((await Deno.stat(folder)).mode ?? 0) & 0o777, 0o700);
    for await (const { name } of Deno.readDir(folder)) {
      const { mode } = await Deno.stat(join(folder, name));
      assertEquals((mode ?? 0) & 0o777, 0o600);
    }
  }));

/** Neither a text nor a number can be made of it. */
const UNTEXT = '{"toString":1,"valueOf":1}';

const ODD: readonly string[] = [
  "",
  "[]",
  '{"listen":1}',
  '{"listen":{"hostname":"127.0.0.1","port":1},"admin_listen":{"hostname":"10.0.0.1","port":2}}',
  '{"listen":{"hostname":"127.0.0.1","port":1},"admin_listen":{"hostname":"evil.example","port":2}}',
  '{"listen":{"hostname":"127.0.0.1","port":1},"admin_listen":{"hostname":"::1","port":65536}}',
  '{"listen":{"hostname":"127.0.0.1","port":0},"admin_listen":{"hostname":"::1","port":1.5}}',
  `{"listen":{"hostname":"127.0.0.1","port":${UNTEXT}},"admin_listen":{"hostname":"::1","port":2}}`,
];

Deno.test("findNotes leads nobody to a stranger", () =>
  inFolder(async (dir) => {
    await using _note = await noted(dir, at(1));
    const folder = join(dir, RUNNING_FOLDER);
    const [name = ""] = (await Array.fromAsync(Deno.readDir(folder)))
      .map((entry) => entry.name).filter((one) => one.endsWith(".json"));
    for (const text of ODD) {
      await Deno.writeTextFile(join(folder, name), text);
      assertEquals(await findNotes(dir), [], text);
    }
  }));

Deno.test("what a killed gateway has left is no gateway, and goes with the next", () =>
  inFolder(async (dir) => {
    const folder = join(dir, RUNNING_FOLDER);
    await Deno.mkdir(folder);
    const id = crypto.randomUUID();
    const { listen, adminListen } = at(5);
    await Deno.writeTextFile(join(folder, `${id}.lock`), "");
    await Deno.writeTextFile(
      join(folder, `${id}.json`),
      JSON.stringify({ listen, admin_listen: adminListen, started_at: "" }),
    );
    assertEquals(await findNotes(dir), []);
    assertEquals(await exists(join(folder, `${id}.json`)), true);

    await using _note = await noted(dir, at(1));
    assertEquals(await ports(dir), [1]);
    assertEquals(await exists(join(folder, `${id}.json`)), false);
    assertEquals(await exists(join(folder, `${id}.lock`)), false);
  }));

Deno.test("gateways that start at the same moment all leave their note", () =>
  inFolder(async (dir) => {
    for (let round = 0; round < 20; round++) {
      const starting = Array.from(
        { length: 8 },
        (_, n) => noted(dir, at(n + 1)),
      );
      // Commands look at the same moment.
      const looking = Array.from({ length: 8 }, () => findNotes(dir));
      const notes = await Promise.all(starting);
      await Promise.all(looking);
      const found = [...await ports(dir)].sort();
      for (const note of notes) await note[Symbol.asyncDispose]();
      assertEquals(found, [1, 2, 3, 4, 5, 6, 7, 8]);
    }
  }));
