import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "@std/toml";
import {
  type Key,
  ourKeys,
  withLines,
  withoutLines,
} from "../../../lib/cli/codex/config_lines.ts";

const V1 = "http://127.0.0.1:18039/v1";
const PAGES = "http://127.0.0.1:18039/backend-api";
const ONE = new Map<Key, string>([["openai_base_url", V1]]);
const BOTH = new Map<Key, string>([
  ["openai_base_url", V1],
  ["chatgpt_base_url", PAGES],
]);

/** Files as people have them. */
const FORMS: Readonly<Record<string, string>> = {
  "nothing": "",
  "a line break": "\n",
  "blanks": "  \n\t\n",
  "a comment": "# mine\n",
  "a comment without its end": "# mine",
  "a key": 'model = "gpt-6.2-sol"\n',
  "a key without its end": 'model = "gpt-6.2-sol"',
  "CRLF": 'model = "x"\r\n[tui]\r\nnotifications = true\r\n',
  "CRLF without its last end": '# x\r\nmodel = "x"',
  "both line ends": 'model = "x"\r\n\n[tui]\nx = 1\r\n',
  "a byte order mark": '\ufeffmodel = "x"\n',
  "only a byte order mark": "\ufeff",
  "a table first": '[mcp_servers.docs]\ncommand = "npx"\n',
  "dotted keys": 'tui.notifications = true\na."b c".d = 1\n',
  "inline tables": 'shell = { inherit = "core", set = { A = "1" } }\n',
  "an array over lines": "notify = [\n  'a', # first\n  [\n    1,\n  ],\n]\n",
  "a long string": 'text = """\n[not a table]\nopenai_base_url = "x"\n"""\n',
  "a literal long string": "text = '''\n# by codaze connect\n'''\n",
  "an array of tables": "[[hooks]]\nname = 'a'\n[[hooks]]\nname = 'b'\n",
  "profiles": 'profile = "a"\n[profiles.a]\nmodel = "x"\n[profiles.b]\n',
  "the key in a table": '[profiles.a]\nopenai_base_url = "https://x"\n',
  "the key in a comment": '# openai_base_url = "https://x"\nmodel = "x"\n',
  "its value": 'openai_base_url = "https://api.openai.com/v1"\n',
  "its value without its end": 'model = "x"\nopenai_base_url = "https://x/v1"',
  "its value with CRLF": 'a = 1\r\nopenai_base_url = "https://x"\r\nb = 2\r\n',
  "its value, indented, with a comment":
    '  openai_base_url  =  "https://x" # old\n[tui]\n',
  "its value in quotes": '"openai_base_url" = \'https://x\'\nmodel = "x"\n',
  "its value, and the key in a table":
    'openai_base_url = "https://x"\n[profiles.a]\nopenai_base_url = "https://y"\n',
  "both keys":
    'chatgpt_base_url = "https://a/"\nmodel = "x"\nopenai_base_url = "https://x"\n',
  "a number and a date": "n = 9007199254740993\nd = 2026-11-29\nf = inf\n",
  "text beyond ASCII": 'name = "日本 é 🙂"\n',
  "a very long line": `x = "${"y".repeat(100_000)}"\n`,
};

for (const [name, text] of Object.entries(FORMS)) {
  for (const wanted of [ONE, BOTH]) {
    Deno.test(`${wanted.size} lines go into ${name}, and out again`, () => {
      const made = withLines(text, wanted);
      assert(made.ok, name);
      const read = parse(made.value.replace("\ufeff", ""));
      for (const [key, url] of wanted) assertEquals(read[key], url);
      assertEquals(ourKeys(made.value), [...wanted.keys()]);
      // Once more changes nothing.
      assertEquals(withLines(made.value, wanted), made);
      assertEquals(withoutLines(made.value), { ok: true, value: text });
    });
  }
}

Deno.test("a file that was made for the lines goes with them", () => {
  for (const wanted of [ONE, BOTH]) {
    const made = withLines(undefined, wanted);
    assert(made.ok, "new");
    assertEquals(withoutLines(made.value), { ok: true, value: undefined });
    const more = `${made.value}model = "x"\n`;
    assertEquals(withoutLines(more), { ok: true, value: 'model = "x"\n' });
  }
});

Deno.test("another address takes the place of ours, and the old line stays", () => {
  const text = 'openai_base_url = "https://x" # mine\n';
  const first = withLines(text, ONE);
  assert(first.ok, "first");
  const moved = new Map<Key, string>([[
    "openai_base_url",
    "http://[::1]:9/v1",
  ]]);
  const second = withLines(first.value, moved);
  assert(second.ok, "second");
  assertEquals(parse(second.value)["openai_base_url"], "http://[::1]:9/v1");
  assertEquals(withoutLines(second.value), { ok: true, value: text });

  const made = withLines(undefined, ONE);
  assert(made.ok, "made");
  const again = withLines(made.value, moved);
  assert(again.ok, "again");
  assertEquals(withoutLines(again.value), { ok: true, value: undefined });
});

Deno.test("a line that a person wrote is left alone", () => {
  const text = `openai_base_url = "${V1}"\n`;
  assertEquals(withLines(text, ONE), { ok: true, value: text });
  assertEquals(ourKeys(text), []);
  assertEquals(withoutLines(text), { ok: true, value: text });
});

/** What is refused, and in which words. */
const REFUSED: Readonly<Record<string, readonly [text: string, why: string]>> =
  {
    "no TOML": ["model = \n", "it is not TOML near line 2"],
    "a value over lines": [
      'openai_base_url = """\nhttps://x"""\n',
      "its openai_base_url is written in a way",
    ],
    "a table of that name": [
      "[openai_base_url]\nx = 1\n",
      "its openai_base_url is written in a way",
    ],
  };

for (const [name, [text, why]] of Object.entries(REFUSED)) {
  Deno.test(`${name} is refused`, () => {
    const edited = withLines(text, ONE);
    assert(!edited.ok, name);
    assertStringIncludes(edited.error, why);
  });
}

Deno.test("what looks like a line of ours within a string is refused", () => {
  const text = 'text = """\nopenai_base_url = "x"  # by codaze connect\n"""\n';
  assert(!withoutLines(text).ok, "a string");
});
