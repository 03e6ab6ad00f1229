import { assertEquals } from "@std/assert";
import { dialectOf, sessionOf } from "../../lib/downstream/caller.ts";

const ORIGINATORS: ReadonlyArray<
  [originator: string | undefined, dialect: string]
> = [
  ["codex_exec", "codex"],
  ["codex-tui", "codex"],
  ["Codex Desktop", "codex"],
  ["CODEX", "codex"],
  ["my codex", "openai"],
  ["sdk", "openai"],
  ["", "openai"],
  [undefined, "openai"],
];

for (const [originator, dialect] of ORIGINATORS) {
  Deno.test(`a caller with the originator "${originator}" speaks ${dialect}`, () => {
    const headers = new Headers(originator === undefined ? {} : { originator });
    assertEquals(dialectOf(headers), dialect);
  });
}

const SESSIONS: ReadonlyArray<
  [headers: Readonly<Record<string, string>>, session: string | undefined]
> = [
  [{}, undefined],
  [{ "session-id": "a" }, "a"],
  [{ "session_id": "b" }, "b"],
  [{ "session-id": "a", "session_id": "b" }, "a"],
  [{ "session-id": "", "session_id": "b" }, "b"],
  [{ "session-id": "" }, undefined],
];

for (const [headers, session] of SESSIONS) {
  Deno.test(`${JSON.stringify(headers)} names the session ${session}`, () => {
    assertEquals(sessionOf(new Headers(headers)), session);
  });
}
