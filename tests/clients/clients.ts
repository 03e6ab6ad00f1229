/**
 * The client libraries and programs that `deno task clients` drives, each
 * pinned by version.
 */

/** Where a client comes from, and so what its program is written in. */
export type Registry = "npm" | "pypi" | "go" | "crates";

export interface Client {
  /** As `--only` names it. */
  readonly name: string;
  readonly registry: Registry;
  /** What is tested first, then what it needs, each with its version. */
  readonly packages: readonly string[];
  /** In the folder of its language; Go and Rust are built from all of theirs. */
  readonly program: string;
}

const ZOD = "zod@4.6.7";

export const CLIENTS: readonly Client[] = [
  {
    name: "node",
    registry: "npm",
    packages: ["openai@7.59.0", ZOD, "ws@8.23.0"],
    program: "openai.mjs",
  },
  {
    name: "python",
    registry: "pypi",
    packages: ["openai[realtime]==3.57.0"],
    program: "openai_client.py",
  },
  {
    name: "go",
    registry: "go",
    packages: ["github.com/openai/openai-go/v3@v3.99.0"],
    program: "main.go",
  },
  {
    name: "rust",
    registry: "crates",
    packages: [
      "async-openai@=0.43.0",
      "tokio@1.54.1",
      "futures@0.3.34",
      "serde_json@1.0.154",
    ],
    program: "src/main.rs",
  },
  {
    name: "ai",
    registry: "npm",
    packages: [
      "ai@7.0.173",
      "@ai-sdk/openai@4.0.118",
      "@ai-sdk/openai-compatible@3.0.92",
      ZOD,
    ],
    program: "ai.mjs",
  },
  {
    name: "langchain-js",
    registry: "npm",
    packages: ["@langchain/openai@1.6.0", "@langchain/core@1.4.0", ZOD],
    program: "langchain.mjs",
  },
  {
    name: "langchain-python",
    registry: "pypi",
    packages: ["langchain-openai==1.7.4"],
    program: "langchain_client.py",
  },
  {
    name: "litellm",
    registry: "pypi",
    packages: ["litellm==1.110.2"],
    program: "litellm_client.py",
  },
  {
    name: "pydantic-ai",
    registry: "pypi",
    packages: ["pydantic-ai-slim[openai]==2.38.0"],
    program: "pydantic_ai_client.py",
  },
  {
    name: "agents-js",
    registry: "npm",
    packages: ["@openai/agents@0.20.0", "openai@7.59.0", ZOD],
    program: "agents.mjs",
  },
  {
    name: "agents-python",
    registry: "pypi",
    packages: ["openai-agents==0.24.0"],
    program: "agents_client.py",
  },
  {
    name: "instructor",
    registry: "pypi",
    packages: ["instructor==1.17.0"],
    program: "instructor_client.py",
  },
  {
    name: "llm",
    registry: "pypi",
    packages: ["llm==0.36"],
    program: "llm_client.py",
  },
  {
    name: "opencode",
    registry: "npm",
    packages: ["opencode-ai@1.18.33"],
    program: "opencode.mjs",
  },
];

/** The package that a client is, with its version. */
export function titleOf({ packages: [first = ""] }: Client): string {
  return first.replace(/@?=+/, "@");
}
