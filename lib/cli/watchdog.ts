/**
 * The watchdog of systemd: a gateway whose event loop has stopped is ended and
 * started anew. The service manager is told by datagrams (sd_notify(3)), so the
 * process that does not run under it, or may not use its socket, has none.
 *
 * The gateway sets the watchdog itself. One that a unit sets would end, again
 * and again, a program that cannot reach the socket.
 */
import type { Environment } from "../flags.ts";
import { reasonOf } from "../accounts/durable.ts";
import type { Runtime } from "../runtime.ts";

/** Names of variables that systemd sets. */
export const NOTIFY_SOCKET = "NOTIFY_SOCKET";
export const RUNTIME_DIRECTORY = "RUNTIME_DIRECTORY";

/** Our own end, in the folder that systemd makes for the service. */
export const SOCKET_NAME = "watchdog.sock";

/** Longer than anything the event loop may be busy with at a stretch. */
const WATCHDOG_MS = 60_000;
/** A busy machine may delay one, and systemd needs one in time. */
const PINGS = 4;

export interface WatchdogOptions {
  readonly env: Environment;
  readonly runtime: Pick<Runtime, "after" | "log">;
  /** How long the event loop may stand still, in milliseconds. */
  readonly stallMs?: number;
}

export interface Watchdog {
  /** Pings go on: a stop, too, must come to an end. */
  readonly stopping: () => Promise<void>;
  readonly close: () => void;
}

const NONE: Watchdog = { stopping: () => Promise.resolve(), close: () => {} };

export async function armWatchdog(
  { env, runtime, stallMs = WATCHDOG_MS }: WatchdogOptions,
): Promise<Watchdog> {
  const address = env(NOTIFY_SOCKET);
  const folder = env(RUNTIME_DIRECTORY);
  if (!address?.startsWith("/") || !folder) return NONE;
  try {
    const sender = await openSender(address, `${folder}/${SOCKET_NAME}`);
    return await pingFor(sender, { runtime, stallMs });
  } catch (error) {
    runtime.log.warn("no watchdog: systemd cannot be told that we live", {
      reason: reasonOf(error),
    });
    return NONE;
  }
}

interface Sender {
  readonly send: (text: string) => Promise<void>;
  readonly close: () => void;
}

async function openSender(address: string, own: string): Promise<Sender> {
  // What a crash has left there; systemd clears the folder with the service.
  await Deno.remove(own).catch(() => {});
  const socket = Deno.listenDatagram({ transport: "unixpacket", path: own });
  const to = { transport: "unixpacket", path: address } as const;
  return {
    send: async (text) => {
      await socket.send(new TextEncoder().encode(text), to);
    },
    close: () => socket.close(),
  };
}

async function pingFor(
  sender: Sender,
  { runtime, stallMs }: Required<Pick<WatchdogOptions, "runtime" | "stallMs">>,
): Promise<Watchdog> {
  const { after, log } = runtime;
  try {
    await sender.send(`READY=1\nWATCHDOG_USEC=${stallMs * 1000}\nWATCHDOG=1`);
  } catch (error) {
    sender.close();
    throw error;
  }
  let isTold = false;
  const tell = async (text: string) => {
    try {
      await sender.send(text);
      isTold = false;
    } catch (error) {
      const fields = { reason: reasonOf(error) };
      if (!isTold) log.warn("systemd cannot be told that we live", fields);
      isTold = true;
    }
  };
  let cancel = () => {};
  const ping = () => {
    cancel = after(stallMs / PINGS, () => {
      void tell("WATCHDOG=1");
      ping();
    });
  };
  ping();
  log.info("watchdog", { stall_ms: stallMs });
  return {
    stopping: () => tell("STOPPING=1"),
    close: () => {
      cancel();
      sender.close();
    },
  };
}
