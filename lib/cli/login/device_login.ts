/**
 * Signing in with a code that the person enters in a browser on any device
 * (docs/client.md, "Signing in").
 */
import { bold } from "@std/fmt";
import { askIssuer } from "../../upstream/auth/ask.ts";
import { Deadline } from "../../upstream/deadline.ts";
import {
  buildPoll,
  buildUserCode,
  type DeviceCode,
  devicePage,
  deviceRedirectUri,
  type PollOutcome,
  readPoll,
  readUserCode,
} from "../../upstream/auth/device_code.ts";
import { foreignText, print } from "../terminal/output.ts";
import {
  cancelled,
  failed,
  finish,
  gaveUp,
  type Outcome,
  type SignInContext,
} from "./sign_in.ts";
import { pause, startWaiting } from "./waiting.ts";

export async function deviceLogin(context: SignInContext): Promise<Outcome> {
  const { config, runtime, stop } = context;
  const asked = await askIssuer(buildUserCode(config), {
    runtime,
    signal: stop,
  });
  if (stop.aborted) return cancelled();
  if (!asked.ok) {
    return failed(
      `The auth server gave no device code (${asked.error.message}); check the connection, then run codaze login --device again`,
    );
  }
  const device = readUserCode(asked.value);
  if (!device.ok) return failed(foreignText(device.error));

  const { expiresInMs, userCode } = device.value;
  print(`To sign in, open this page in a browser, on any machine:

  ${bold(devicePage(config.authIssuer))}

and enter this code, which is good for ${Math.ceil(expiresInMs / 60_000)} min:

  ${bold(userCode)}

Go on only if you began this sign-in yourself. If a website or another person
gave you the code, they are after your account: cancel.
`);
  return await conclude(context, await decision(context, device.value), {
    allowedMs: expiresInMs,
  });
}

/** What the person decided, or why no decision will come. */
type Decision = Exclude<
  PollOutcome,
  { readonly kind: "pending" | "unavailable" }
>;

/** Polls at once and then at every interval. Undefined when time is up. */
async function decision(
  { config, runtime, stop }: SignInContext,
  device: DeviceCode,
): Promise<Decision | undefined> {
  const { after, elapsed } = runtime;
  const ms = device.expiresInMs;
  using deadline = new Deadline({
    after,
    ms,
    awaited: "sign-in",
    signal: stop,
  });
  using waiting = startWaiting({ after, elapsed, ms });
  const { signal } = deadline;

  let told = false;
  while (!signal.aborted) {
    const attempt = buildPoll(config, device);
    const asked = await askIssuer(attempt, { runtime, signal });
    if (!asked.ok && signal.aborted) break;
    const outcome: PollOutcome = asked.ok
      ? readPoll(asked.value, device)
      : { kind: "unavailable", message: asked.error.message };
    switch (outcome.kind) {
      case "unavailable":
        if (!told) waiting.note(stillTrying(outcome.message));
        told = true;
        break;
      case "pending":
        break;
      default:
        return outcome;
    }
    await pause(after, { ms: device.intervalMs, signal });
  }
  return undefined;
}

function stillTrying(reason: string): string {
  return `The auth server does not answer right now (${
    foreignText(reason)
  }); still trying`;
}

async function conclude(
  context: SignInContext,
  decision: Decision | undefined,
  { allowedMs }: { readonly allowedMs: number },
): Promise<Outcome> {
  switch (decision?.kind) {
    case undefined:
    case "expired":
      return gaveUp(context, allowedMs);
    case "denied":
      return failed(
        "The sign-in was denied in the browser; run codaze login --device to try again",
      );
    case "refused":
      return failed(
        `The auth server ended the sign-in: ${
          foreignText(decision.message)
        }; run codaze login --device again`,
      );
    case "authorized": {
      const { code, verifier } = decision;
      const redirectUri = deviceRedirectUri(context.config.authIssuer);
      return await finish(context, { code, redirectUri, verifier });
    }
  }
}
