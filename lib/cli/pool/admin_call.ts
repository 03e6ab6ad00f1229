/** One request to an admin port on this machine. */
import type { Listen } from "../../config/values.ts";
import { type JsonObject, parseObject } from "../../protocol/json.ts";
import { ok, type Result } from "../../result.ts";
import type { Runtime } from "../../runtime.ts";
import { callLocal, type LocalCall, type LocalTrouble } from "./local_call.ts";

export type AdminCall = Omit<LocalCall, "headers">;

export interface AdminAnswer {
  readonly status: number;
  /** Undefined if it is not a JSON object. */
  readonly body: JsonObject | undefined;
}

export async function callAdmin(
  listen: Listen,
  call: AdminCall,
  after: Runtime["after"],
): Promise<Result<AdminAnswer, LocalTrouble>> {
  const answer = await callLocal(listen, call, after);
  if (!answer.ok) return answer;
  const { status, text } = answer.value;
  return ok({ status, body: parseObject(text) });
}
