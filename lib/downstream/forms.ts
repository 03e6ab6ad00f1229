/**
 * A prepared turn of an SDK caller in the form that its model takes, and in the
 * other one, should upstream refuse that (`openai/forms.ts` has the reasons).
 */
import { scanObject } from "../protocol/json_edit.ts";
import { timedUuid } from "../protocol/uuid.ts";
import { node } from "../std/node.ts";
import type { SessionNames } from "./derived_session.ts";
import type { FormName } from "./openai/forms.ts";
import { LITE_HEADER, liteBody } from "./openai/lite_form.ts";
import type { PreparedBody, PreparedRequest } from "./prepared.ts";

export interface FormOptions {
  readonly form: FormName;
  /** The caller wants this form: the other one is not to be tried. */
  readonly isPinned: boolean;
  readonly isFrame: boolean;
  readonly names: SessionNames;
}

/** `plain`: the request in the plain form. */
export function inForm(
  plain: PreparedRequest & { readonly body: PreparedBody },
  { form, isPinned, isFrame, names }: FormOptions,
): PreparedRequest {
  const asPlain = (): PreparedRequest => ({
    ...plain,
    form: { name: "plain", other: isPinned ? undefined : asLite },
  });
  const asLite = (): PreparedRequest => {
    const body = lite(plain.body, { isFrame, names });
    if (!body) return { ...plain, form: { name: "plain", other: undefined } };
    return {
      ...plain,
      headers: isFrame
        ? plain.headers
        : [...plain.headers, [LITE_HEADER, "true"]],
      body,
      form: { name: "lite", other: isPinned ? undefined : asPlain },
    };
  };
  return form === "lite" ? asLite() : asPlain();
}

/** Undefined if its tools, which lie deeper in this form, are too deep then. */
function lite(
  { bytes, scan }: PreparedBody,
  { isFrame, names }: Pick<FormOptions, "isFrame" | "names">,
): PreparedBody | undefined {
  const idOf = (tools: Uint8Array) => toolsId(tools, names);
  const edited = liteBody(bytes, scan, { isFrame, idOf });
  const rescan = scanObject(edited);
  return rescan.ok
    ? { bytes: edited, scan: rescan.value, wire: undefined }
    : undefined;
}

/** The same for the same tools, so that the prompt cache is hit. */
function toolsId(tools: Uint8Array, { key, startedAt }: SessionNames): string {
  const digest = node().crypto.createHmac("sha256", key).update(tools).digest();
  return `at_${timedUuid(startedAt, new Uint8Array(digest))}`;
}
