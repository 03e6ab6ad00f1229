/**
 * `codaze login`, but for the ports of the callback, which parallel tests
 * cannot share, and for its patience: both come first, as `PORT,PORT@MS`.
 */
import { login } from "../../lib/cli/login/login.ts";

const [browser = "", ...args] = Deno.args;
const [ports = "", allowedMs] = browser.split("@");
Deno.exit(
  await login(args, {
    ports: ports.split(",").map(Number),
    allowedMs: Number(allowedMs),
  }),
);
