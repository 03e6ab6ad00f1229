/**
 * Tries what the program must not be able to do, and prints what came of it
 * as JSON. Run by `permissions_test.ts` with the permissions of a task.
 *
 * `NotCapable` comes before any packet leaves; every other outcome does not.
 */
import { spawn } from "node:child_process";
import { lookup } from "node:dns/promises";
import { get } from "node:http";
import { connect } from "node:net";
import { type Attempts, outcomesOf } from "./attempts.ts";

const [port = ""] = Deno.args;

const TRIES: Attempts = {
  "fetch http://127.0.0.1:PORT": async () => {
    const response = await fetch(`http://127.0.0.1:${port}/`);
    await response.body?.cancel();
  },
  "listen 127.0.0.1": () =>
    Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
  "listen 0.0.0.0": () => Deno.listen({ hostname: "0.0.0.0", port: 0 }),
  "listen ::": () => Deno.listen({ hostname: "::", port: 0 }),
  "fetch https://example.com": () => fetch("https://example.com/"),
  "fetch http://chatgpt.com": () => fetch("http://chatgpt.com/"),
  "fetch https://chatgpt.com:8443": () => fetch("https://chatgpt.com:8443/"),
  "fetch https://sub.chatgpt.com": () => fetch("https://sub.chatgpt.com/"),
  "fetch https://chatgpt.com.evil.example": () =>
    fetch("https://chatgpt.com.evil.example/"),
  "fetch http://169.254.169.254": () => fetch("http://169.254.169.254/"),
  "websocket": () => new WebSocket("wss://example.com/"),
  "connect 10.0.0.1": () => Deno.connect({ hostname: "10.0.0.1", port: 80 }),
  "connect 127.0.0.2": () => Deno.connect({ hostname: "127.0.0.2", port: 1 }),
  "connect TLS": () => Deno.connectTls({ hostname: "example.com", port: 443 }),
  "resolve a name": () => Deno.resolveDns("example.com", "A"),
  "node:net": () =>
    new Promise((resolve, reject) => {
      connect(443, "example.com").on("connect", resolve).on("error", reject);
    }),
  "node:http": () =>
    new Promise((resolve, reject) => {
      get("http://example.com/", resolve).on("error", reject);
    }),
  "node:dns": () => lookup("example.com"),
  "import from a host that Deno trusts": () =>
    import(["https:", "", "esm.sh", "left-pad"].join("/")),
  // One that is in the cache by its name: the registry is asked for any other.
  "import from npm": () => import(["npm:deno-std", "1.0.0"].join("@")),
  "import from jsr": () => import(["jsr:@std", "semver"].join("/")),
  "run": () => new Deno.Command("deno", { args: ["--version"] }).output(),
  "node:child_process": () =>
    new Promise((resolve, reject) => {
      spawn("deno", ["--version"]).on("spawn", resolve).on("error", reject);
    }),
  "foreign functions": () => Deno.dlopen("libc.so.6", {}),
  "PATH": () => Deno.env.get("PATH"),
  "OPENAI_API_KEY": () => Deno.env.get("OPENAI_API_KEY"),
  "the whole environment": () => Deno.env.toObject(),
  "HTTP_PROXY": () => Deno.env.get("HTTP_PROXY"),
  "CODAZE_LISTEN": () => Deno.env.get("CODAZE_LISTEN"),
  "host name": () => Deno.hostname(),
  "user id": () => Deno.uid(),
};

const outcomes = await outcomesOf(TRIES, nameOf);
const hosts = ["chatgpt.com:443", "auth.openai.com:443", "[::1]:1"];
for (const host of hosts) {
  outcomes[host] = Deno.permissions.querySync({ name: "net", host }).state;
}
// deno-lint-ignore no-console
console.log(JSON.stringify(outcomes));
Deno.exit(0);

/** Node's modules wrap the refusal, or give it the code of the system's. */
function nameOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof Deno.errors.NotCapable) return "denied";
    if (/--no-remote|lockfile is out of date/.test(at.message)) return "denied";
    if ("code" in at && at.code === "EPERM") return "denied";
  }
  return String(error);
}
