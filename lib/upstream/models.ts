/**
 * The models snapshot: upstream's list as SDK callers see it, kept for 12 h.
 *
 * An older snapshot is served while a newer one is fetched; concurrent fetches
 * are one. Does not serve Codex callers, who get upstream's own bytes. Fetches
 * through a function it is given, so it knows no accounts.
 */
import { ageOf, type Clock, type Moment, momentOf } from "../clock.ts";
import type { Answer, Failure } from "../failure/failure.ts";
import { MAX_MODELS_BYTES, MODELS_AGE_MS, MODELS_RETRY_MS } from "../limits.ts";
import {
  isObject,
  numberField,
  parseObject,
  stringField,
} from "../protocol/json.ts";
import { err, ok, type Result } from "../result.ts";

export interface Model {
  readonly slug: string;
  /** Undefined if the list does not tell. */
  readonly parallelToolCalls: boolean | undefined;
  /** Clients do not offer it. */
  readonly isHidden: boolean;
  /** The client sends its turns in the lite form (docs/client.md, "Bodies"). */
  readonly isLite: boolean;
  /** In tokens. */
  readonly contextWindow: number | undefined;
  /** The efforts that its reasoning may have, lowest first. */
  readonly efforts: readonly string[];
}

export interface ModelsDeps {
  readonly clock: Clock;
  readonly fetch: () => Promise<Result<Answer, Failure>>;
}

export class Models {
  readonly #deps: ModelsDeps;
  #models: readonly Model[] | undefined;
  #fetched: Moment | undefined;
  #failed: Moment | undefined;
  #flight: Promise<Result<readonly Model[], Failure>> | undefined;

  constructor(deps: ModelsDeps) {
    this.#deps = deps;
  }

  /** The list, however old; waits only if there is none yet. */
  async list(): Promise<Result<readonly Model[], Failure>> {
    const fresh = this.#isWithin(MODELS_AGE_MS, this.#fetched);
    if (this.#models === undefined) return await this.#refresh();
    // This caller gets the old list, a later one the new list.
    if (!fresh && !this.#hasJustFailed) void this.#refresh();
    return ok(this.#models);
  }

  /** Whether a model may call tools in parallel, as far as the list tells. */
  async parallelToolCalls(slug: string): Promise<boolean | undefined> {
    return (await this.#find(slug))?.parallelToolCalls;
  }

  /** Whether the client uses the lite form, as far as the list tells. */
  async isLite(slug: string): Promise<boolean> {
    return (await this.#find(slug))?.isLite ?? false;
  }

  async #find(slug: string): Promise<Model | undefined> {
    if (this.#models === undefined && this.#hasJustFailed) return undefined;
    const models = await this.list();
    return models.ok
      ? models.value.find((model) => model.slug === slug)
      : undefined;
  }

  /** Whether the list has it; false while there is none. Fetches nothing. */
  has(slug: string): boolean {
    return this.#models?.some((model) => model.slug === slug) ?? false;
  }

  /** Takes over a list, such as a Codex caller's. False if it is not a list. */
  learn(answer: Answer): boolean {
    const models = answer.status === 200 ? readModels(answer) : undefined;
    if (models === undefined) return false;
    this.#models = models;
    this.#fetched = momentOf(this.#deps.clock);
    return true;
  }

  get #hasJustFailed(): boolean {
    return this.#isWithin(MODELS_RETRY_MS, this.#failed);
  }

  #isWithin(ms: number, moment: Moment | undefined): boolean {
    return moment !== undefined && ageOf(moment, this.#deps.clock) < ms;
  }

  #refresh(): Promise<Result<readonly Model[], Failure>> {
    return this.#flight ??= this.#fetch().finally(() => {
      this.#flight = undefined;
    });
  }

  async #fetch(): Promise<Result<readonly Model[], Failure>> {
    const answer = await this.#deps.fetch();
    const learned = answer.ok && this.learn(answer.value);
    this.#failed = learned ? undefined : momentOf(this.#deps.clock);
    if (!answer.ok) return answer;
    if (this.#models !== undefined) return ok(this.#models);
    return err({ kind: "no_answer", message: "the models list is unreadable" });
  }
}

/** Reads upstream's list (docs/client.md, "Models"), or gives undefined. */
function readModels(answer: Answer): readonly Model[] | undefined {
  if (answer.body.byteLength > MAX_MODELS_BYTES) return undefined;
  const list = parseObject(new TextDecoder().decode(answer.body))?.["models"];
  if (!Array.isArray(list)) return undefined;
  return list.filter(isObject).flatMap((model) => {
    const slug = stringField(model, "slug");
    if (slug === undefined) return [];
    const told = model["supports_parallel_tool_calls"];
    // The client never asks a lite model for them (docs/client.md, "Bodies").
    const isLite = model["use_responses_lite"] === true;
    const lite = isLite ? false : undefined;
    return [{
      slug,
      parallelToolCalls: typeof told === "boolean" ? told : lite,
      isLite,
      isHidden: stringField(model, "visibility") === "hide",
      contextWindow: numberField(model, "context_window"),
      efforts: effortsOf(model["supported_reasoning_levels"]),
    }];
  });
}

function effortsOf(levels: unknown): readonly string[] {
  if (!Array.isArray(levels)) return [];
  return levels.filter(isObject).map((level) => stringField(level, "effort"))
    .filter((effort) => effort !== undefined);
}
