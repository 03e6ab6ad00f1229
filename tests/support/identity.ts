/** What a gateway says of itself and names sessions by, in unit tests. */
import type { SessionNames } from "../../lib/downstream/derived_session.ts";
import type { HeaderLine } from "../../lib/protocol/headers.ts";

export const IDENTITY: readonly HeaderLine[] = [
  ["version", "0.0.1"],
  ["originator", "codex_exec"],
  ["user-agent", "codex_exec/0.0.1"],
  ["accept-encoding", "zstd,gzip"],
];

export const SESSION_NAMES: SessionNames = {
  key: new Uint8Array(32),
  startedAt: Date.UTC(2026, 10, 29),
};
