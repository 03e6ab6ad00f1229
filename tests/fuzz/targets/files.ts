/** What is on disk: account files, side files, Codex's configuration. */
import { parseAccountFile } from "../../../lib/accounts/files/file.ts";
import {
  withTokens,
  withValues,
} from "../../../lib/accounts/files/file_edit.ts";
import { parseRecord } from "../../../lib/accounts/refresh/journal.ts";
import {
  type Key,
  withLines,
  withoutLines,
} from "../../../lib/cli/codex/config_lines.ts";
import { readCodexTarget } from "../../../lib/cli/codex/codex_target.ts";
import { goodFile } from "../../accounts/mutations.ts";
import { seeded } from "../../support/random.ts";
import { bytesOf, holds, same, type Target, textOf } from "../target.ts";

const CANARY = "c4n4ry";
const random = seeded(13);

export const ACCOUNT_FILES: Target = {
  name: "account files",
  samples: Array.from({ length: 40 }, (_, n) => bytesOf(goodFile(random, n))),
  words: [
    '"refresh_token":',
    '"access_token":"x"',
    '"tokens":{}',
    '"tokens":null',
    '"label":7',
    '"codaze_previous":["x"]',
    '"__proto__":{"refresh_token":"p"}',
    "\ufeff",
    Uint8Array.of(0xff, 0xfe),
    "\\u0000",
  ],
  check: (input) => {
    const file = parseAccountFile(input);
    if (!file.ok) {
      holds(!file.error.includes(CANARY), `quotes: ${file.error}`);
      const noted = withValues(input, { codaze_reason: "x" });
      if (noted.ok) {
        holds(!parseAccountFile(noted.value).ok, "mended by a note");
      }
      return;
    }
    const next = {
      ...file.value,
      refreshToken: "rt_new",
      accessToken: "at_new",
      idToken: "id_new",
    };
    const edited = withTokens(input, next, 1e12);
    holds(edited.ok, "cannot be written");
    if (!edited.ok) return;
    const again = parseAccountFile(edited.value);
    same(again, { ok: true, value: next }, "read again");
  },
};

export const SIDE_FILES: Target = {
  name: "side files",
  samples: [
    '{"token_sha256":"ab","started_at":"2026-11-29T00:00:00Z","tries":1}\n',
    '{"tries":2}\n{"refresh_token":"rt_1","access_token":"at","id_token":"id"}\n',
  ].map((text) => bytesOf(text.padEnd(500))),
  words: ["\n", '"tries":', '{"refresh_token":"', '"refresh_token":""', "{}"],
  check: (input) => {
    const record = parseRecord(textOf(input));
    if (!record) return;
    const { granted } = record;
    for (const token of Object.values(granted ?? {})) {
      // It is going to stand in a header line, and in a file again.
      const isToken = token === undefined || /^[\x21-\x7e]+$/.test(token);
      holds(isToken, "what is no token");
    }
    if (!granted) return;
    const line = JSON.stringify({
      refresh_token: granted.refreshToken,
      access_token: granted.accessToken,
      id_token: granted.idToken,
    });
    same(parseRecord(`{}\n${line}\n`)?.granted, granted, "written again");
  },
};

export const CODEX_CONFIG: Target = {
  name: "codex config",
  samples: [
    'model_provider = "x"\nopenai_base_url = "http://127.0.0.1:18039/v1"\n',
    '[model_providers.x]\nbase_url = "http://localhost:1/v1"\nwire_api = "responses"\n',
    'profile = "p"\n[profiles.p]\nmodel_provider = "openai"\n\n[[a.b]]\nc = [1, 2, { d = 1979-05-27T07:32:00Z }]\n',
    "text = '''\nlines\n'''\n\"quoted.key\".x = 0xdead_beef # note\nf = 1e10\n",
  ].map(bytesOf),
  words: [
    "[",
    "]",
    "[[",
    "]]",
    "=",
    '"""',
    "'''",
    "{",
    "}",
    "# ",
    "\\",
    "\\uD800",
    "a.b.c",
    "inf",
    "1979-13-99",
    "__proto__",
    'profile = "__proto__"\n',
    'model_provider = "constructor"\n',
  ],
  check: (input) => {
    const target = readCodexTarget(textOf(input));
    if (!target.ok) {
      return holds(/^(it |near line \d+$)/.test(target.error), target.error);
    }
    for (const value of Object.values(target.value)) {
      holds(value === undefined || typeof value === "string", "no text");
    }
  },
};

const LINES = new Map<Key, string>([
  ["openai_base_url", "http://127.0.0.1:18039/v1"],
  ["chatgpt_base_url", "http://127.0.0.1:18039/backend-api"],
]);

export const CONNECT_LINES: Target = {
  name: "connect lines",
  samples: CODEX_CONFIG.samples,
  words: [...CODEX_CONFIG.words, "openai_base_url", "\r\n", "\ufeff", "\u2028"],
  check: (input) => {
    const text = textOf(input);
    const made = withLines(text, LINES);
    if (!made.ok) return holds(/^it[s ]/.test(made.error), made.error);
    const again = withLines(made.value, LINES);
    same(again, made, "once more");
    // Values that were there already are the person's own lines.
    const out = withoutLines(made.value);
    same(out, { ok: true, value: text }, "out again");
  },
};
