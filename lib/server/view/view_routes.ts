/**
 * `GET /admin/view` and `GET /admin/events`: what the page and `codaze top`
 * show, once or as it changes.
 */
import { STATUS_CODE } from "@std/http";
import { json } from "../../downstream/json_answer.ts";
import { EVENTS } from "../../limits.ts";
import { failure } from "../admin/admin_answer.ts";
import { realDir } from "../admin/pool_view.ts";
import type { Routed } from "../port/route.ts";
import { LiveView } from "./live_view.ts";
import { type View, type ViewDeps, ViewMaker } from "./view.ts";

/** The view of one gateway, for whoever asks for it. */
export class Views {
  readonly #live: LiveView;
  readonly #folder: string;
  #accountsDir: string;

  constructor(deps: ViewDeps) {
    const maker = new ViewMaker(deps);
    this.#folder = deps.about.accountsDir;
    this.#accountsDir = this.#folder;
    this.#live = new LiveView({
      runtime: deps.runtime,
      make: () => maker.make(this.#accountsDir),
    });
  }

  async show(): Promise<Response> {
    return json(STATUS_CODE.OK, await this.view());
  }

  async view(): Promise<View> {
    this.#accountsDir = await realDir(this.#folder);
    return this.#live.view;
  }

  async watch({ request }: Routed): Promise<Response> {
    this.#accountsDir = await realDir(this.#folder);
    const headers = { "content-type": "text/event-stream" };
    // The runtime would leave the stream without a reader.
    if (request.method === "HEAD") return new Response(null, { headers });
    const stream = this.#live.open();
    return stream === undefined
      ? failure(
        STATUS_CODE.ServiceUnavailable,
        `${EVENTS.streams} streams are open already, or the gateway is stopping`,
      )
      : new Response(stream, { headers });
  }

  /** Ends all streams. */
  close(): void {
    this.#live.close();
  }
}
