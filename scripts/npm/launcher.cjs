#!/usr/bin/env node
// Starts Codaze with the Deno that the package depends on, and with the flags
// of the task `start`, word for word, which scripts/npm.ts fills in.
"use strict";

const { spawn } = require("node:child_process");
const path = require("node:path");

const START = "@START@";

const words = START.split(" ");
const variables = Object.fromEntries(
  words.slice(0, words.indexOf("deno")).map((word) => word.split("=")),
);
const flags = words.slice(words.indexOf("deno") + 1, words.indexOf("main.ts"));
const root = path.join(__dirname, "..", "program");

const child = spawn(deno(), [
  ...flags,
  // Not that of the folder in which it is called.
  `--config=${path.join(root, "deno.json")}`,
  path.join(root, "main.ts"),
  ...process.argv.slice(2),
], { stdio: "inherit", env: { ...process.env, ...variables } });

child.on("error", (error) => give(`Cannot start Deno: ${error.message}`));
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  for (const name of FORWARDED) process.removeAllListeners(name);
  process.kill(process.pid, signal);
});

// The program decides when it ends.
const FORWARDED = process.platform === "win32"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];
for (const name of FORWARDED) process.on(name, () => child.kill(name));

/** The executable of the package `deno`. */
function deno() {
  try {
    return require("deno/install_api.cjs").runInstall();
  } catch (error) {
    const musl = /musl/i.test(String(error && error.message));
    return give(
      musl
        ? "Deno's npm package has no executable for musl, as on Alpine: install Deno itself (apk add deno) and run Codaze from a clone"
        : `Cannot find Deno's executable: ${error.message}; install codaze again, with its optional dependencies`,
    );
  }
}

function give(message) {
  process.stderr.write(`codaze: ${message}\n`);
  process.exit(1);
}
