/**
 * Follows the view of the running gateway, over its restarts. Shows nothing.
 */
import type { Config } from "../../config/config.ts";
import type { Listen } from "../../config/values.ts";
import { EVENTS } from "../../limits.ts";
import { type JsonObject, parseObject } from "../../protocol/json.ts";
import type { Runtime } from "../../runtime.ts";
import { type Gateway, openGateway } from "../pool/gateway.ts";
import { openLocalStream } from "../pool/local_stream.ts";
import { findGateway } from "../pool/running_gateway.ts";
import { patched } from "./patched.ts";
import { readShown, type Shown } from "./shown.ts";

/** Between two tries to connect. */
const AGAIN_MS = 1000;
/** The gateway sends a comment more often than that. */
const SILENCE_MS = 2 * EVENTS.commentMs + AGAIN_MS;

export interface FollowHandlers {
  readonly shown: (shown: Shown) => void;
  /** Called when a connection is lost or was not to be had; it tries again. */
  readonly lost: (why: Lost) => void;
}

/** `crowded`: as many as may follow do so already. */
export type Lost = "gone" | "crowded";

export class Follower {
  readonly #config: Config;
  readonly #runtime: Runtime;
  readonly #handlers: FollowHandlers;
  #gateway: Gateway | undefined;
  #view: JsonObject | undefined;
  #isOver = false;
  #cancel = () => {};

  /** Begins at once. */
  constructor(config: Config, runtime: Runtime, handlers: FollowHandlers) {
    this.#config = config;
    this.#runtime = runtime;
    this.#handlers = handlers;
    void this.#connect();
  }

  /** Undefined while there is no connection. */
  get gateway(): Gateway | undefined {
    return this.#gateway;
  }

  stop(): void {
    this.#isOver = true;
    this.#cancel();
  }

  async #connect(): Promise<void> {
    // It may be back on other ports, or be another program's port by now.
    const found = await findGateway(this.#config);
    const opened = found && await openGateway(found, this.#runtime);
    if (this.#isOver) return;
    if (!found || !opened?.ok || opened.value === undefined) {
      return this.#again("gone");
    }
    this.#gateway = opened.value;
    this.#watch(found.adminListen);
  }

  #watch(listen: Listen): void {
    this.#view = undefined;
    this.#cancel = openLocalStream(listen, {
      path: "/admin/events",
      silenceMs: SILENCE_MS,
      event: ({ type, data }) => this.#take(type, data, listen),
      ended: (status) => this.#again(status === 503 ? "crowded" : "gone"),
    }, this.#runtime.after);
  }

  #take(type: string, data: string, listen: Listen): void {
    const given = parseObject(data);
    if (given === undefined || (type !== "view" && type !== "patch")) return;
    const before = this.#view;
    const view = type === "view" ? given : before && patched(before, given);
    if (view === undefined) {
      // A patch was missed: each stream begins with a view.
      this.#cancel();
      return this.#watch(listen);
    }
    this.#view = view;
    const shown = readShown(view);
    if (shown !== undefined) this.#handlers.shown(shown);
  }

  #again(why: Lost): void {
    this.#gateway = undefined;
    this.#handlers.lost(why);
    if (this.#isOver) return;
    this.#cancel = this.#runtime.after(
      AGAIN_MS,
      () => void this.#connect(),
    );
  }
}
