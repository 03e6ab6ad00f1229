/**
 * Whether each of the gateway's two addresses is free, used by a gateway, or
 * taken by another program.
 *
 * Binds each for a moment; if that fails, asks whether a gateway answers there.
 */
import type { Listen } from "../../config/values.ts";
import { reasonOf } from "../../accounts/files/durable.ts";
import { addressOf } from "../../protocol/url.ts";
import { err, ok, type Result } from "../../result.ts";
import { callAdmin } from "../pool/admin_call.ts";
import { readPoolView } from "../pool/read_view.ts";
import { type Finding, type Voice, voiceOf } from "./finding.ts";
import { type CheckContext, TIMEOUT_MS } from "./context.ts";

export async function checkPorts(
  context: CheckContext,
): Promise<readonly Finding[]> {
  const { listen, adminListen } = context.config;
  return await Promise.all([
    checkPort(listen, {
      voice: voiceOf("public port"),
      flag: "--listen",
      isOurs: () => isPublicPort(listen, context),
    }),
    checkPort(adminListen, {
      voice: voiceOf("admin port"),
      flag: "--admin-listen",
      isOurs: () => isAdminPort(context),
    }),
  ]);
}

interface PortOptions {
  readonly voice: Voice;
  readonly flag: string;
  readonly isOurs: () => Promise<boolean>;
}

async function checkPort(
  address: Listen,
  { voice, flag, isOurs }: PortOptions,
): Promise<Finding> {
  const shown = addressOf(address);
  if (address.port === 0) {
    return voice.warn(
      "port 0: a different port at each start, which callers cannot know",
      `pass a port to ${flag}`,
    );
  }
  const free = tryBind(address);
  if (free.ok) return voice.good(`${shown} is free`);
  if (free.error !== "taken") {
    return voice.fail(
      `${shown} cannot be used: ${free.error}`,
      `pass another address to ${flag}: 127.0.0.1 and a port above 1023`,
    );
  }
  if (await isOurs()) return voice.good(`${shown}: a gateway answers`);
  return voice.fail(
    `${shown} is taken by another program`,
    `stop it (${
      whoListens(address.port)
    } names it), or pass another port to ${flag}`,
  );
}

/** The error is `taken`, or what the system says. */
function tryBind({ hostname, port }: Listen): Result<void, string> {
  try {
    Deno.listen({ hostname, port }).close();
    return ok(undefined);
  } catch (error) {
    const taken = error instanceof Deno.errors.AddrInUse;
    return err(taken ? "taken" : reasonOf(error));
  }
}

async function isPublicPort(
  listen: Listen,
  { runtime }: CheckContext,
): Promise<boolean> {
  const answer = await callAdmin(
    listen,
    { line: "GET /health", timeoutMs: TIMEOUT_MS },
    runtime.after,
  );
  return answer.ok && answer.value.status === 200 &&
    answer.value.body?.["ok"] === true;
}

async function isAdminPort({ admin }: CheckContext): Promise<boolean> {
  const answer = await admin;
  return answer.ok && answer.value.status === 200 &&
    readPoolView(answer.value.body ?? {}) !== undefined;
}

/** A shell command, because this program has no permission to look itself. */
function whoListens(port: number): string {
  switch (Deno.build.os) {
    case "linux":
      return `ss -ltnp 'sport = :${port}'`;
    case "windows":
      return `netstat -ano | findstr :${port}`;
    default:
      return `lsof -nP -iTCP:${port} -sTCP:LISTEN`;
  }
}
