/** Tries, with the permissions of a service, what a hostile package might. */
import { type Attempts, outcomesOf } from "./attempts.ts";

const [home = "", port = ""] = Deno.args;

const TRIES: Attempts = {
  "write .bashrc": () => Deno.writeTextFile(`${home}/.bashrc`, "x"),
  "write the unit": () =>
    Deno.writeTextFile(`${home}/.config/systemd/user/codaze.service`, "x"),
  "read .ssh/id": () => Deno.readTextFile(`${home}/.ssh/id`),
  "read /etc/passwd": () => Deno.readTextFile("/etc/passwd"),
  "list the home folder": () => [...Deno.readDirSync(home)],
  "make a link in the accounts folder": () =>
    Deno.symlink("/etc/passwd", `${home}/.codaze/link.json`),
  "connect to another port": () =>
    Deno.connect({ hostname: "127.0.0.1", port: Number(port) }),
  "listen on another port": () =>
    Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  "another socket": () =>
    Deno.connect({ transport: "unix", path: `${home}/run/bus` }),
  "run a program": () => new Deno.Command("true").outputSync(),
  "write an account": () => Deno.writeTextFile(`${home}/.codaze/x.json`, "{}"),
  "write beside a linked file": () =>
    Deno.writeTextFile(`${home}/.codex/x.json`, "{}"),
};

const outcomes = await outcomesOf(
  TRIES,
  (error) => error instanceof Deno.errors.NotCapable ? "denied" : String(error),
);
// deno-lint-ignore no-console
console.log(JSON.stringify(outcomes));
Deno.exit(0);
