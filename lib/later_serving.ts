/**
 * What serves turns, loaded and built with the first request that needs it.
 * The health needs nothing of it, so who only watches the gateway does not
 * make it larger.
 */
import type { Router } from "./server/port/route.ts";
import { health, isHealth } from "./server/public/health.ts";
import type { Serving, ServingDeps } from "./serving.ts";

export class LaterServing {
  readonly #deps: ServingDeps;
  #loading: Promise<Serving> | undefined;
  #serving: Serving | undefined;
  #isWatchingOver = false;
  #isLookingOver = false;
  #isRefreshingOver = false;

  constructor(deps: ServingDeps) {
    this.#deps = deps;
  }

  readonly public: Router = (request, requestId) => {
    if (this.#serving) return this.#serving.public(request, requestId);
    return isHealth(request) && !this.#deps.work.draining
      ? health()
      : this.#load().then((serving) => serving.public(request, requestId));
  };

  readonly admin: Router = async (request, requestId) => {
    const serving = await this.#load();
    return await serving.admin(request, requestId);
  };

  stopWatching(): void {
    this.#isWatchingOver = true;
    this.#serving?.stopWatching();
  }

  stopRefreshing(): void {
    this.#isRefreshingOver = true;
    this.#serving?.stopRefreshing();
  }

  async stopLooking(): Promise<void> {
    this.#isLookingOver = true;
    await this.#serving?.stopLooking();
  }

  async refreshesSettled(): Promise<void> {
    await this.#serving?.refreshesSettled();
  }

  /** Waits for one that is being loaded. */
  async close(): Promise<void> {
    await this.#loading?.catch(() => {});
    this.#serving?.close();
  }

  /** If it fails, the request fails, and the next one tries again. */
  #load(): Promise<Serving> {
    return this.#loading ??= this.#build().catch((error) => {
      this.#loading = undefined;
      throw error;
    });
  }

  /** What was stopped before it came is stopped in it as well. */
  async #build(): Promise<Serving> {
    const { buildServing } = await import("./serving.ts");
    const serving = buildServing(this.#deps);
    if (this.#isWatchingOver) serving.stopWatching();
    if (this.#isLookingOver) void serving.stopLooking();
    if (this.#isRefreshingOver) serving.stopRefreshing();
    return this.#serving = serving;
  }
}
