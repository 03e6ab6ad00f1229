/** Reads what a gateway answers about the resets of an account's limits. */
import {
  decimal,
  type JsonObject,
  objectField,
  stringField,
} from "../../protocol/json.ts";
import { foreignText } from "../terminal/output.ts";

/** Texts are safe to print. */
export type ResetAnswer =
  /** What would be spent, and the value that says yes to it. */
  | {
    readonly kind: "offer";
    readonly title: string | undefined;
    readonly expiresAt: string | undefined;
    readonly available: number | undefined;
    readonly confirm: string;
  }
  /** What came of spending it, such as `reset`. */
  | { readonly kind: "spent"; readonly code: string };

/** Undefined for what is neither. */
export function readResetAnswer(body: JsonObject): ResetAnswer | undefined {
  const code = stringField(body, "code");
  if (code !== undefined) return { kind: "spent", code: foreignText(code) };
  const confirm = stringField(body, "confirm");
  const spends = objectField(body, "spends");
  // It becomes a part of a command that a person may copy.
  if (confirm === undefined || !UUID.test(confirm) || spends === undefined) {
    return undefined;
  }
  return {
    kind: "offer",
    title: textIn(spends, "title"),
    expiresAt: textIn(spends, "expires_at"),
    available: decimal(body["available_count"]),
    confirm,
  };
}

const UUID = /^[0-9a-f-]{36}$/;

function textIn(object: JsonObject, key: string): string | undefined {
  const text = stringField(object, key);
  return text === undefined ? undefined : foreignText(text);
}
