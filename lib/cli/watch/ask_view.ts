/** Asks the running gateway once for what a terminal shows. */
import type { Result } from "../../result.ts";
import { type Gateway, LIST_MS } from "../pool/gateway.ts";
import { readShown, type Shown } from "./shown.ts";

export function askView(gateway: Gateway): Promise<Result<Shown, string>> {
  const request = { line: "GET /admin/view", timeoutMs: LIST_MS };
  return gateway.ask(request, [200], readShown);
}
