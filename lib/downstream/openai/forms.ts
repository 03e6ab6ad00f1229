/**
 * The two forms in which the backend takes a turn, and which one a model gets:
 * `plain`, or `lite`, in which tools and instructions are items of the input
 * (docs/client.md, "Bodies").
 *
 * Reports about the backend disagree, so the form that worked for a model is
 * remembered while the process lives. Makes no body (`lite_form.ts` does).
 */
import { MAX_LEARNED_FORMS } from "../../limits.ts";

export const FORM_NAMES = ["plain", "lite"] as const;
export type FormName = typeof FORM_NAMES[number];

export interface FormsOptions {
  /** The form for all models; undefined to go by the model. */
  readonly pinned: FormName | undefined;
  /** Whether the models list says that the client uses the lite form. */
  readonly isLite: (model: string) => Promise<boolean>;
}

export class ModelForms {
  readonly #options: FormsOptions;
  readonly #learned = new Map<string, FormName>();

  constructor(options: FormsOptions) {
    this.#options = options;
  }

  async of(model: string): Promise<FormName> {
    const known = this.#options.pinned ?? this.#learned.get(model);
    if (known !== undefined) return known;
    return await this.#options.isLite(model) ? "lite" : "plain";
  }

  /** Whether the other form may be tried. */
  get mayChange(): boolean {
    return this.#options.pinned === undefined;
  }

  /** The other form was refused, and this one was not. */
  learn(model: string, form: FormName): void {
    const isKnown = this.#learned.has(model);
    if (!isKnown && this.#learned.size >= MAX_LEARNED_FORMS) return;
    this.#learned.set(model, form);
  }

  /** What was learned, by model. */
  get learned(): Readonly<Record<string, FormName>> {
    return Object.fromEntries(this.#learned);
  }
}

/**
 * Whether upstream refuses the form and not the turn, by its words: it has no
 * code for that.
 */
export function refusesForm(message: string): boolean {
  return REFUSALS.some((words) => words.test(message));
}

const REFUSALS: readonly RegExp[] = [
  /^Model not found\b/i,
  /\breasoning\.context\b/,
  /\badditional_tools\b/,
  /^Function '[^']{1,200}' is reserved\b/,
];
