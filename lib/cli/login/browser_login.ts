/**
 * Signing in with a browser on this machine (docs/client.md, "Signing in").
 *
 * Prints the address; does not open the browser. The browser gets its page
 * after the sign-in has succeeded or failed.
 */
import { bold } from "@std/fmt";
import { redact } from "../../failure/redact.ts";
import { authorizeUrl, newSecrets } from "../../upstream/auth/authorization.ts";
import { Deadline } from "../../upstream/deadline.ts";
import {
  type Arrival,
  CALLBACK_PORTS,
  type CallbackListener,
  listenForCallback,
} from "./callback.ts";
import { failedPage, signedInPage } from "./callback_page.ts";
import {
  foreignText,
  isTerminal,
  print,
  printError,
} from "../terminal/output.ts";
import {
  failed,
  finish,
  gaveUp,
  type Outcome,
  type SignInContext,
} from "./sign_in.ts";
import type { TypedLines } from "../terminal/typed_lines.ts";
import { beforeAbort, startWaiting } from "./waiting.ts";

export interface BrowserOptions {
  /** Ports for the browser to come back to, in order; 0 means any free port. */
  readonly ports: readonly number[];
  /** How long the person has. */
  readonly allowedMs: number;
}

/** The official client's ports, and the lifetime of its device codes. */
export const BROWSER_LOGIN: BrowserOptions = {
  ports: CALLBACK_PORTS,
  allowedMs: 15 * 60_000,
};

export async function browserLogin(
  context: SignInContext,
  { ports, allowedMs }: BrowserOptions,
): Promise<Outcome> {
  const { state, verifier } = newSecrets();
  const listening = listenForCallback({ ports, state });
  if (!listening.ok) return failed(listening.error);

  await using listener = listening.value;
  const { port, redirectUri } = listener;
  const [usual] = ports;
  if (usual !== port && usual !== 0) {
    printError(`Port ${usual} is taken; port ${port} will do`);
  }
  const secrets = { state, verifier };
  const url = authorizeUrl(context.config.authIssuer, { secrets, redirectUri });
  listener.leadTo(url);
  print(`To sign in, open this address in a browser on this machine:

  ${bold(link(listener.start))}

A browser that is signed in takes that account; for another one, open the
address in a private window.

Is the browser on another machine? Open this address there:

  ${url.href}

It ends at a page that cannot be reached. Paste the address of that page here,
and press Enter. Or cancel, and run codaze login --device.
`);

  void takePasted(listener, context.typed);
  const arrival = await arrivalAt(listener, { ...context, allowedMs });
  if (arrival === undefined) return gaveUp(context, allowedMs);
  switch (arrival.kind) {
    case "refused":
      return failed(refusal(arrival.reason, [state, verifier]));
    case "port_wanted":
      return failed(
        `Another sign-in asked for port ${port}: finish that one, then run codaze login again`,
      );
    case "code": {
      const { code, answer } = arrival;
      const outcome = await finish(context, { code, redirectUri, verifier });
      answer(outcome.ok ? signedInPage(outcome.value) : failedPage());
      return outcome;
    }
  }
}

/** A link for terminals that have links; others show the same text. */
function link(url: string): string {
  return isTerminal(Deno.stdout)
    ? `\x1b]8;;${url}\x1b\\${url}\x1b]8;;\x1b\\`
    : url;
}

/** Until one of the lines is the address of the callback. */
async function takePasted(
  listener: CallbackListener,
  typed: TypedLines | undefined,
): Promise<void> {
  while (typed !== undefined) {
    const line = await typed.peek();
    if (line === undefined || listener.isOver) return;
    typed.take();
    if (listener.paste(line)) return;
    if (line !== "") {
      printError(
        "That is not the address at which this sign-in ends: it begins with " +
          listener.redirectUri,
      );
    }
  }
}

async function arrivalAt(
  listener: CallbackListener,
  { runtime: { after, elapsed }, stop, allowedMs }:
    & Pick<SignInContext, "runtime" | "stop">
    & Pick<BrowserOptions, "allowedMs">,
): Promise<Arrival | undefined> {
  using deadline = new Deadline({
    after,
    ms: allowedMs,
    awaited: "sign-in",
    signal: stop,
  });
  using waiting = startWaiting({ after, elapsed, ms: allowedMs });
  void listener.stranger.then(() =>
    waiting.note(
      "Ignored a callback that does not belong to this sign-in; still waiting",
    )
  );
  return await beforeAbort(listener.arrival, deadline.signal);
}

/** The reason comes from the auth server, so it is escaped and redacted. */
function refusal(reason: string, secrets: readonly string[]): string {
  // The official client recognises this case in the same way.
  return reason.toLowerCase().includes("missing_codex_entitlement")
    ? "The sign-in was refused: Codex is not enabled for this workspace; ask its administrator"
    : `The sign-in was refused: ${
      foreignText(redact(reason, secrets))
    }; run codaze login to try again`;
}
