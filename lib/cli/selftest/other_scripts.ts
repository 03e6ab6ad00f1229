/** Scripts about other answers, refused callers, and saved tokens. */
import { parseObject } from "../../protocol/json.ts";
import { spent } from "./account_scripts.ts";
import { UPGRADE } from "./caller.ts";
import type { Script } from "./stage.ts";

/** What a browser sends for a web page. */
const PAGE = { origin: "https://evil.example" };
/** What a browser sends after DNS rebinding to this machine. */
const REBOUND = { host: "evil.example" };

export const OTHER_SCRIPTS: readonly Script[] = [
  {
    name: "a compaction moves to the next account",
    play: async ({ caller, first }) => {
      first.fault(spent());
      const { status, body } = await caller.post("/v1/responses/compact", {
        model: "gpt-6.2-sol",
        input: [],
      });
      return {
        "the status is 200": status === 200,
        "there is an output": Array.isArray(body["output"]),
      };
    },
  },
  {
    name: "the models are listed for Codex and for an SDK",
    play: async ({ caller }) => {
      const path = "/v1/models?client_version=0.171.0";
      const codex = await caller.get(path, { originator: "codex_exec" });
      const sdk = await caller.get(path);
      return {
        "Codex gets upstream's list": Array.isArray(codex.body["models"]),
        "an SDK gets OpenAI's": sdk.body["object"] === "list",
      };
    },
  },
  {
    name: "a web page gets nothing",
    play: async ({ caller, simulator }) => ({
      "a request of a page is refused":
        (await caller.get("/v1/models", PAGE)).status === 403,
      "and its websocket": await caller.status("/v1/responses", {
        ...UPGRADE,
        ...PAGE,
      }) === 403,
      "nothing goes upstream": simulator.requests.length === 0,
    }),
  },
  {
    name: "a request for another host gets nothing",
    play: async ({ caller, simulator }) => ({
      "it is refused": await caller.status("/v1/models", REBOUND) === 421,
      "nothing goes upstream": simulator.requests.length === 0,
    }),
  },
  {
    name: "refreshed tokens are in the account file",
    warm: false,
    play: async ({ caller, dir, first }) => {
      await caller.turn();
      const text = await Deno.readTextFile(`${dir}/first.json`);
      const saved = parseObject(text)?.["refresh_token"];
      return {
        "the token was refreshed": first.refreshCount === 1,
        "the new one is on disk": saved === first.currentRefreshToken(),
      };
    },
  },
];
