/** What the tests of fidelity have the client do, and for whom. */
import type { SimulatedAccount } from "../../../lib/simulator/accounts/account.ts";
import type { Login } from "./codex.ts";
import { chatgptLogin } from "./logins.ts";

/**
 * With a tool call, so that cookies and turn state come back; over a websocket
 * it is a prewarm and two requests on one connection.
 */
export const TURN = {
  prompt: "run: echo fidelity",
  args: ["--dangerously-bypass-approvals-and-sandbox"],
};

/** Callers as docs/fidelity.md names them; the account is not of the pool. */
export const CALLERS: ReadonlyArray<
  [name: string, login: (own: SimulatedAccount) => Login]
> = [
  ["ChatGPT login", chatgptLogin],
  ["API key", () => ({ kind: "api_key", key: "sk-of-the-caller" })],
  ["no login", () => ({ kind: "none" })],
];
