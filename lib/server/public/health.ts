/** What a program asks that only wants to know whether the gateway runs. */
import { STATUS_CODE } from "@std/http";
import { json } from "../../downstream/json_answer.ts";

/** Whether it asks for nothing else, in the usual form. */
export function isHealth({ method, url }: Request): boolean {
  return method === "GET" && new URL(url).pathname === "/health";
}

export function health(): Response {
  return json(STATUS_CODE.OK, { ok: true });
}
