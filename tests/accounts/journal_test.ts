import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  JournalEntry,
  journalPath,
  parseRecord,
} from "../../lib/accounts/refresh/journal.ts";
import { openLocked } from "../../lib/accounts/files/token_lock.ts";
import { tokenHash } from "../../lib/accounts/files/digest.ts";
import { after } from "../support/system.ts";
import { NOW } from "../support/accounts.ts";

const ONCE = { after, waitMs: 0 };
const GRANTED = {
  refreshToken: "rt_new",
  accessToken: "x".repeat(3000),
  idToken: undefined,
};

interface Side extends AsyncDisposable {
  readonly path: string;
  /** The entry, whose lock has to be free. */
  open(): Promise<JournalEntry>;
}

async function side(): Promise<Side> {
  const dir = await Deno.makeTempDir({ prefix: "codaze-test-" });
  const path = journalPath(dir, tokenHash("rt_old"));
  return {
    path,
    open: async () => {
      const opened = await JournalEntry.open(path, ONCE);
      assert(opened.ok, "locked");
      return opened.value;
    },
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

Deno.test("JournalEntry tells the next holder of an intent", async () => {
  await using files = await side();
  {
    using entry = await files.open();
    assertEquals(entry.record, undefined);
    assert((await entry.begin(NOW)).ok);
  }
  {
    using entry = await files.open();
    assertEquals(entry.record, { tries: 1, granted: undefined });
    assert((await entry.begin(NOW)).ok);
  }
  using entry = await files.open();
  assertEquals(entry.record, { tries: 2, granted: undefined });
});

Deno.test("JournalEntry keeps tokens in the room that it has reserved", async () => {
  await using files = await side();
  {
    using entry = await files.open();
    await entry.begin(NOW);
    const { size } = await Deno.stat(files.path);
    assert((await entry.keep(GRANTED)).ok);
    assertEquals((await Deno.stat(files.path)).size, size);
  }
  using entry = await files.open();
  assertEquals(entry.record, { tries: 1, granted: GRANTED });
});

Deno.test("JournalEntry keeps tokens that are longer than its room", async () => {
  await using files = await side();
  const granted = { ...GRANTED, accessToken: "y".repeat(40_000) };
  {
    using entry = await files.open();
    await entry.begin(NOW);
    await entry.keep(granted);
  }
  using entry = await files.open();
  assertEquals(entry.record?.granted, granted);
});

Deno.test("JournalEntry keeps tokens a second time, after a restart", async () => {
  await using files = await side();
  {
    using entry = await files.open();
    await entry.begin(NOW);
    await entry.keep({ ...GRANTED, refreshToken: "rt_first" });
  }
  for (let restart = 0; restart < 2; restart++) {
    using entry = await files.open();
    assertEquals(entry.record?.tries, 1);
    assert((await entry.keep(GRANTED)).ok);
  }
  using entry = await files.open();
  assertEquals(entry.record, { tries: 1, granted: GRANTED });
});

Deno.test("JournalEntry makes its folder, and none that it would be in", async () => {
  await using files = await side();
  const away = join(files.path, "..", "..", "away");
  const opened = await JournalEntry.open(journalPath(away, "0"), ONCE);
  assert(!opened.ok);
  assertEquals(await Deno.stat(away).catch(() => "gone"), "gone");
});

Deno.test("JournalEntry is for nobody else to read, and gone when cleared", async () => {
  await using files = await side();
  using entry = await files.open();
  await entry.begin(NOW);
  const { mode } = await Deno.stat(files.path);
  assertEquals((mode ?? 0) & 0o777, 0o600);
  const folder = await Deno.stat(join(files.path, ".."));
  assertEquals((folder.mode ?? 0) & 0o777, 0o700);
  await entry.clear();
  assertEquals(await Deno.stat(files.path).catch(() => "gone"), "gone");
});

Deno.test("openLocked() lets one holder in at a time", async () => {
  await using files = await side();
  const first = await files.open();
  const second = JournalEntry.open(files.path, { after, waitMs: 60_000 });
  const refused = await JournalEntry.open(files.path, ONCE);
  assert(!refused.ok);
  first[Symbol.dispose]();
  const opened = await second;
  assert(opened.ok);
  opened.value[Symbol.dispose]();
});

Deno.test("openLocked() does not take a file that was removed meanwhile", async () => {
  await using files = await side();
  const first = await files.open();
  const waiting = openLocked(files.path, { after, waitMs: 60_000 });
  await first.clear();
  const third = await files.open();
  first[Symbol.dispose]();
  // The waiting one has the lock of a file that is gone: it must look again.
  let opened = false;
  const done = waiting.then((file) => {
    opened = true;
    return file;
  });
  const again = await JournalEntry.open(files.path, ONCE);
  assert(!again.ok && !opened);
  third[Symbol.dispose]();
  const file = await done;
  assert(file.ok);
  file.value.close();
});

Deno.test("parseRecord() makes of any torn record an intent or nothing", () => {
  const whole = `{"token_sha256":"0","tries":3}\n` +
    `{"refresh_token":"rt_new","access_token":"a"}\n   \n`;
  const second = whole.indexOf("\n") + 1;
  const complete = whole.indexOf("}\n", second) + 1;
  for (let cut = 0; cut <= whole.length; cut++) {
    const record = parseRecord(whole.slice(0, cut));
    assertEquals(record === undefined, cut === 0, `cut at ${cut}`);
    assertEquals(
      record?.granted?.refreshToken,
      cut >= complete ? "rt_new" : undefined,
      `cut at ${cut}`,
    );
  }
  assertEquals(parseRecord(whole)?.tries, 3);
  assertEquals(parseRecord(" ".repeat(500)), undefined);
  assertEquals(parseRecord("\0\0\0\n{"), { tries: 1, granted: undefined });
});
