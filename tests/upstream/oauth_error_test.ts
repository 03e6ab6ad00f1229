import { assertEquals } from "@std/assert";
import { MAX_ERROR_MESSAGE_CHARS } from "../../lib/limits.ts";
import type { JsonObject } from "../../lib/protocol/json.ts";
import {
  oauthErrorText,
  readOauthError,
} from "../../lib/upstream/auth/oauth_error.ts";

const BODIES: ReadonlyArray<[body: JsonObject, text: string]> = [
  [{}, "400"],
  [{ error: "invalid_grant" }, "400 invalid_grant"],
  [
    { error: "invalid_grant", error_description: "It has ended." },
    "400 invalid_grant: It has ended.",
  ],
  [{ error_description: "It has ended." }, "400: It has ended."],
  [
    { error: { code: "refresh_token_reused", type: "x", message: "Used." } },
    "400 refresh_token_reused: Used.",
  ],
  [{ error: { type: "invalid_request_error" } }, "400 invalid_request_error"],
  [
    { error: { code: null, type: "t" }, error_description: "Words." },
    "400 t: Words.",
  ],
  [{ error: { code: 7, message: ["no"] } }, "400"],
  [{ error: ["invalid_grant"] }, "400"],
];

for (const [body, text] of BODIES) {
  Deno.test(`${JSON.stringify(body)} is told as "${text}"`, () => {
    assertEquals(oauthErrorText(400, readOauthError(body)), text);
  });
}

Deno.test("an error of the auth server is cut, code and words", () => {
  const long = "x".repeat(MAX_ERROR_MESSAGE_CHARS);
  const object = readOauthError({ error: { code: `${long}y`, message: long } });
  assertEquals([object.code, object.said], [long, long]);
  const rfc = readOauthError({ error: long, error_description: `${long}y` });
  assertEquals([rfc.code, rfc.said], [long, long]);
});
