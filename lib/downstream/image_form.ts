/**
 * A form with pictures to edit, as every OpenAI SDK sends it, read into the JSON
 * that the Codex backend takes instead. Sends nothing.
 */
import { STATUS_CODE } from "@std/http";
import { MAX_FORM_TAIL_BYTES } from "../limits.ts";
import { err, ok, type Result } from "../result.ts";
import type { ReceivedBody } from "./body.ts";
import { type CallerError, noRoom, refused } from "./failure.ts";
import { type IncomingOptions, readWire } from "./incoming.ts";
import { missing } from "./openai/refusal.ts";

/** Whether the body is a form, and not JSON. */
export function isForm(headers: Headers): boolean {
  return /^\s*multipart\/form-data\s*(?:;|$)/i.test(
    headers.get("content-type") ?? "",
  );
}

/** The form as a JSON body; its pictures count against the budget twice. */
export async function readImageForm(
  request: Request,
  options: IncomingOptions,
): Promise<Result<ReceivedBody, CallerError>> {
  const type = request.headers.get("content-type") ?? "";
  const wire = await readWire(request, options);
  if (!wire.ok) return wire;
  const form = isWhole(wire.value, type)
    ? await parsed(wire.value, type)
    : undefined;
  if (form === undefined) return err(BROKEN);
  const body = await jsonOf(form);
  if (!body.ok) return body;
  const bytes = new TextEncoder().encode(JSON.stringify(body.value));
  return options.held.grow(bytes.length)
    ? ok({ coding: undefined, wire: bytes, bytes })
    : err(noRoom());
}

const BROKEN: CallerError = {
  status: STATUS_CODE.BadRequest,
  code: "invalid_form",
  message: "Request body is not valid multipart/form-data",
};

/**
 * Whether the form has its last delimiter (RFC 2046, section 5.1.1). The parser
 * leaves out a part that breaks off: without its mask, a whole picture would be
 * changed.
 */
function isWhole(bytes: Uint8Array, type: string): boolean {
  const [, quoted, bare] =
    /;\s*boundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(type) ?? [];
  const tail = latin1.decode(bytes.subarray(-MAX_FORM_TAIL_BYTES));
  return tail.includes(`\r\n--${quoted ?? bare}--`);
}

const latin1 = new TextDecoder("latin1");

async function parsed(
  bytes: Uint8Array<ArrayBuffer>,
  type: string,
): Promise<FormData | undefined> {
  try {
    const headers = { "content-type": type };
    return await new Response(bytes, { headers }).formData();
  } catch {
    return undefined;
  }
}

type Json = Record<string, unknown>;

async function jsonOf(form: FormData): Promise<Result<Json, CallerError>> {
  const images: Json[] = [];
  const others: Json = {};
  for (const [name, value] of form) {
    const url = typeof value === "string" ? value : await dataUrl(value);
    if (name === "image" || name === "image[]") images.push({ image_url: url });
    else if (name === "mask") others["mask"] = { image_url: url };
    else if (typeof value === "string") others[name] = valueOf(name, value);
  }
  return images.length === 0
    ? err(refused(missing("image")))
    : ok({ images, ...others });
}

/** A form has texts only. */
function valueOf(name: string, text: string): unknown {
  if (NUMBERS.has(name) && /^-?\d{1,9}$/.test(text)) return parseInt(text, 10);
  return name === "stream" && (text === "true" || text === "false")
    ? text === "true"
    : text;
}

const NUMBERS: ReadonlySet<string> = new Set([
  "n",
  "output_compression",
  "partial_images",
]);

async function dataUrl(file: File): Promise<string> {
  const bytes = await file.bytes();
  const type = /^image\//.test(file.type) ? file.type : typeOf(bytes);
  return `data:${type};base64,${bytes.toBase64()}`;
}

/** By its first bytes: an SDK that is given bytes names no type. */
function typeOf(bytes: Uint8Array): string {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (head.startsWith("GIF8")) return "image/gif";
  if (/^RIFF[^]{4}WEBP/.test(head)) return "image/webp";
  return "image/png";
}
