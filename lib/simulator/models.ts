/** Answers for the models list; `catalogue.ts` has the models. */

import { STATUS_CODE } from "@std/http";
import type { Call } from "./responses/responses.ts";

/** `GET …/models`, with 304 for a known ETag (RFC 9110, section 13.1.2). */
export function models({ backend, exchange }: Call): void {
  const etag = ["etag", backend.modelsEtag] as const;
  const known = exchange.recording.header("if-none-match")?.split(/, */) ?? [];
  if (known.includes(backend.modelsEtag)) {
    return exchange.answer(STATUS_CODE.NotModified, [etag], "");
  }
  exchange.json(STATUS_CODE.OK, { models: backend.models }, [etag]);
}
