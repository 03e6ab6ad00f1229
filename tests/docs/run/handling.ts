/**
 * How a documented command is run, where it does not simply end with 0. What
 * cannot be run here at all is named here, with the reason, and nowhere else.
 */

export type Handling =
  /** Ended by Ctrl-C once it has printed that, and then with 0. */
  | { readonly kind: "until"; readonly printed: string }
  /** Waits for a person, who then signs in. */
  | { readonly kind: "signs_in"; readonly by: "browser" | "device" }
  /** Ends with another code, for what is so on a new machine. */
  | { readonly kind: "exits"; readonly code: number; readonly why: string }
  | { readonly kind: "classified"; readonly reason: string };

const SERVES: Handling = { kind: "until", printed: "admin port" };

const RECIPE: Handling = {
  kind: "classified",
  reason: "another program: run by tests/clients/recipes.ts",
};

/** By the command as printed. */
export const HANDLING: ReadonlyMap<string, Handling> = new Map<
  string,
  Handling
>([
  ["npx -y deno@2.9.6 task demo", { kind: "until", printed: "Ctrl-C ends it" }],
  ["codaze", SERVES],
  [
    "CODAZE_ALLOWED_HOST=gateway.test,gateway.test:8080 codaze --log-level debug",
    SERVES,
  ],
  ["HTTPS_PROXY=http://127.0.0.1:3128 codaze", SERVES],
  [
    "codaze --listen 127.0.0.1:18039 --routing-policy least_in_flight",
    SERVES,
  ],
  [
    "OTEL_DENO=true OTEL_PROPAGATORS=none OTEL_SERVICE_NAME=codaze \\\n  OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 deno task start",
    SERVES,
  ],
  ["codaze --request-form plain", SERVES],
  ["codaze login", { kind: "signs_in", by: "browser" }],
  ["codaze login --label main", { kind: "signs_in", by: "browser" }],
  ["codaze login --device", { kind: "signs_in", by: "device" }],
  [
    "codaze setup",
    { kind: "exits", code: 2, why: "asks, so tests/terminal/ runs it" },
  ],
  [
    "codaze service status",
    { kind: "exits", code: 1, why: "no service is installed" },
  ],
  ["npx -y deno@2.9.6 task test", {
    kind: "classified",
    reason: "the tests themselves, which .ci/run runs with this line",
  }],
  ["codex -c 'openai_base_url=\"http://127.0.0.1:18039/v1\"'", {
    kind: "classified",
    reason: "the official client: run by tests/e2e/documents.ts",
  }],
  ["echo any | codex login --with-api-key", {
    kind: "classified",
    reason: "the official client: run by tests/e2e/documents.ts",
  }],
  ["llm -m codaze 'say: hello'", RECIPE],
  ["opencode run --model codaze/gpt-6.2-sol Hi", RECIPE],
  ["aider --model openai/gpt-6.2-sol", {
    kind: "classified",
    reason: "another program: as its documents have it, and not tried",
  }],
  ["ssh -N -L 18039:127.0.0.1:18039 you@the-machine", {
    kind: "classified",
    reason: "takes a second machine",
  }],
  [
    "deno test --no-prompt --allow-net=127.0.0.1 --allow-env --allow-read --allow-write --allow-run=deno tests/scripts/",
    { kind: "classified", reason: "a part of deno task test" },
  ],
]);

/** Variables that a command takes from its shell. */
export const NEEDS: ReadonlyMap<string, Readonly<Record<string, string>>> =
  new Map([
    [
      "codaze service install --env HTTPS_PROXY --env NO_PROXY=example.com",
      { HTTPS_PROXY: "http://127.0.0.1:3128" },
    ],
  ]);

/** Files of the reader's, below the home folder, that a document is about. */
export const FILES: ReadonlyMap<string, Readonly<Record<string, string>>> =
  new Map([["docs/api.md", { ".codaze/notes.json": "{}" }]]);
