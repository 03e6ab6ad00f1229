/**
 * The watchdog of systemd, which restarts a gateway whose event loop has
 * stopped. The gateway sends it datagrams (sd_notify(3)); a process that does
 * not run under systemd, or may not use its socket, has no watchdog.
 *
 * The gateway sets the watchdog itself. If the unit did, systemd would kill
 * every gateway that cannot reach the socket, again and again.
 */
import type { Environment } from "../../config/flags.ts";
import { reasonOf } from "../../accounts/files/durable.ts";
import type { Runtime } from "../../runtime.ts";

/** Variables that systemd sets. */
export const NOTIFY_SOCKET = "NOTIFY_SOCKET";
export const RUNTIME_DIRECTORY = "RUNTIME_DIRECTORY";

/** Our end of the socket, in the folder that systemd makes for the service. */
export const SOCKET_NAME = "watchdog.sock";

/** Longer than any work that may block the event loop. */
const WATCHDOG_MS = 60_000;
/** Several in that time, because a busy machine may delay one. */
const PINGS = 4;

export interface WatchdogOptions {
  readonly env: Environment;
  readonly runtime: Pick<Runtime, "after" | "log">;
  /** How long the event loop may be blocked, in milliseconds. */
  readonly stallMs?: number;
}

export interface Watchdog {
  /** Pings go on, so that a stop that hangs is noticed, too. */
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
    runtime.log.warn("no watchdog: systemd cannot be reached", {
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
  // A crash may have left it; systemd clears the folder when the service ends.
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
      if (!isTold) log.warn("watchdog of systemd cannot be reached", fields);
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
