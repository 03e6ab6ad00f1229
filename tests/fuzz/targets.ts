/** Every parser that reads foreign bytes. */
import type { Target } from "./target.ts";
import { ERROR_BODIES } from "./targets/answers.ts";
import { CHAT_ANSWERS, CHAT_REQUESTS } from "./targets/chat.ts";
import { CODINGS } from "./targets/codings.ts";
import { COOKIES } from "./targets/cookies.ts";
import {
  ACCOUNT_FILES,
  CODEX_CONFIG,
  CONNECT_LINES,
  SIDE_FILES,
} from "./targets/files.ts";
import { CALLER_FRAMES, UPSTREAM_EVENTS } from "./targets/frames.ts";
import { JSON_ARRAY, JSON_EDIT, JSON_SKIP } from "./targets/json.ts";
import { CONNECT_ANSWERS, SOCKS_ANSWERS } from "./targets/proxies.ts";
import { QUOTA } from "./targets/quota.ts";
import { INPUT_ITEMS, SDK_BODIES, SDK_EVENTS } from "./targets/sdk.ts";
import { STATE } from "./targets/state.ts";
import { SSE } from "./targets/sse.ts";
import { TOKENS } from "./targets/tokens.ts";
import { USAGE } from "./targets/usage.ts";
import { ZSTD, ZSTD_EDIT, ZSTD_ENCODE } from "./targets/zstd.ts";

export const TARGETS: readonly Target[] = [
  SSE,
  JSON_EDIT,
  JSON_ARRAY,
  JSON_SKIP,
  ZSTD,
  ZSTD_ENCODE,
  ZSTD_EDIT,
  CODINGS,
  CALLER_FRAMES,
  UPSTREAM_EVENTS,
  INPUT_ITEMS,
  SDK_BODIES,
  SDK_EVENTS,
  CHAT_REQUESTS,
  CHAT_ANSWERS,
  ERROR_BODIES,
  QUOTA,
  USAGE,
  STATE,
  COOKIES,
  TOKENS,
  ACCOUNT_FILES,
  SIDE_FILES,
  CODEX_CONFIG,
  CONNECT_LINES,
  CONNECT_ANSWERS,
  SOCKS_ANSWERS,
];
