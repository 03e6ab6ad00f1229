/** A compaction whose answer cannot be read. */
import { assertEquals } from "@std/assert";
import { CODEX_HEADERS, startTestGateway } from "./gateway.ts";
import { assertNobodyBlamed, assertQuiet } from "./quiet.ts";
import type { RawUpstream } from "./raw_upstream.ts";

/** The caller is told of a broken connection, and no account is blamed. */
export async function assertBrokenCompaction(
  upstream: RawUpstream,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  await using test = await startTestGateway({
    warm: true,
    upstream: upstream.url,
    timeouts: { transportRetryMs: [] },
  });
  const response = await fetch(test.url("/v1/responses/compact"), {
    method: "POST",
    headers: { ...CODEX_HEADERS, ...headers },
    body: '{"model":"m"}',
  });
  assertEquals(response.status, 503);
  const { error } = await response.json();
  assertEquals(error.code, "upstream_unreachable");
  await assertQuiet(test);
  await assertNobodyBlamed(test);
}
