/** What the outcomes mean for `--request-form`. Pure. */
import type { FormName } from "../../downstream/openai/forms.ts";
import type { Outcome, Verdict } from "./outcome.ts";
import { ownForm, type Trial } from "./trial.ts";

export interface Tried {
  readonly trial: Trial;
  readonly outcome: Outcome;
}

export interface Advice {
  /** Undefined: no value is known to serve all the models. */
  readonly requestForm: "auto" | FormName | undefined;
  /** One for each model, then one for all. */
  readonly sentences: readonly string[];
}

export function adviceOn(tried: readonly Tried[]): Advice {
  const names = [...new Set(tried.map(({ trial }) => trial.name))];
  const models = names.map((name) =>
    modelOf(tried.filter(({ trial }) => trial.name === name))
  );
  const requestForm = formFor(models);
  return {
    requestForm,
    sentences: [
      ...models.map(sentenceOn),
      SENTENCES[requestForm ?? noneOf(models)],
    ],
  };
}

interface ModelVerdicts {
  readonly name: string;
  readonly own: FormName;
  readonly other: FormName;
  readonly verdicts: Readonly<Record<FormName, Verdict>>;
}

function modelOf(tried: readonly Tried[]): ModelVerdicts {
  const [first] = tried;
  if (first === undefined) throw new Error("a model without a trial");
  const own = ownForm(first.trial);
  const verdictOf = (form: FormName) =>
    tried.find(({ trial }) => trial.form === form)?.outcome.verdict ??
      "unknown";
  return {
    name: first.trial.name,
    own,
    other: own === "lite" ? "plain" : "lite",
    verdicts: { plain: verdictOf("plain"), lite: verdictOf("lite") },
  };
}

function formFor(
  models: readonly ModelVerdicts[],
): Advice["requestForm"] {
  if (models.every(isServedByAuto)) return "auto";
  return (["plain", "lite"] as const).find((form) =>
    models.every(({ verdicts }) => verdicts[form] === "works")
  );
}

/** `auto` begins with the model's own form, and knows some refusals of it. */
function isServedByAuto({ own, other, verdicts }: ModelVerdicts): boolean {
  return verdicts[own] === "works" ||
    verdicts[own] === "form_refused" && verdicts[other] === "works";
}

type None = "each" | "unsettled" | "nothing";

function noneOf(models: readonly ModelVerdicts[]): None {
  const has = ({ verdicts }: ModelVerdicts, verdict: Verdict) =>
    Object.values(verdicts).includes(verdict);
  if (models.every((model) => has(model, "works"))) return "each";
  return models.some((model) => has(model, "unknown") && !has(model, "works"))
    ? "unsettled"
    : "nothing";
}

const SENTENCES: Readonly<Record<FormName | "auto" | None, string>> = {
  auto: "--request-form auto, the default, is right.",
  plain: "Start the gateway with --request-form plain.",
  lite: "Start the gateway with --request-form lite.",
  each:
    "No --request-form serves all: name the form per turn, in _gateway.request_form.",
  unsettled: "Not settled: run codaze probe again later.",
  nothing:
    "No --request-form makes tools work for all of them: please report this table.",
};

function sentenceOn({ name, own, other, verdicts }: ModelVerdicts): string {
  if (verdicts[own] === "works") {
    return verdicts[other] === "works"
      ? `${name} works in both forms.`
      : `${name} works in the ${own} form, as the models list has it.`;
  }
  if (verdicts[other] !== "works") {
    return `${name}: ${own} ${WORDS[verdicts[own]]}, ${other} ${
      WORDS[verdicts[other]]
    }.`;
  }
  const end = verdicts[own] === "form_refused"
    ? "; auto finds that out by itself"
    : verdicts[own] === "unknown"
    ? ""
    : "; auto does not notice";
  return `${name} works in the ${other} form, but ${own} ${
    WORDS[verdicts[own]]
  }${end}.`;
}

const WORDS: Readonly<Record<Verdict, string>> = {
  works: "works",
  no_call: "calls no function as required",
  form_refused: "is refused as a form",
  refused: "is refused",
  unknown: "gave no answer that says anything",
};
