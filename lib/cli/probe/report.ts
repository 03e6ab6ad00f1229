/** What `codaze probe` prints: what it will send, and what came of it. Pure. */
import { bold, green, red, yellow } from "@std/fmt";
import { addressOf } from "../../protocol/url.ts";
import { cut, harmlessJson } from "../../protocol/quote.ts";
import { foreignText } from "../terminal/output.ts";
import { layOut } from "../terminal/table_layout.ts";
import { visible } from "../terminal/text_width.ts";
import { counted } from "../terminal/words.ts";
import { adviceOn, type Tried } from "./advice.ts";
import type { Outcome, Verdict } from "./outcome.ts";
import type { Target } from "./target.ts";
import { type Trial, trialBody } from "./trial.ts";

/** What will be sent, and what it costs; in lines. */
export function planLines(
  trials: readonly Trial[],
  { listen, pool }: Target,
): readonly string[] {
  const models = [...new Set(trials.map(({ name }) => name))];
  const [first] = trials;
  const question = first && trialBody(first)["input"];
  return [
    `This sends ${
      counted(trials.length, "small turn")
    }, which count against your limits.`,
    `Through: the gateway on ${addressOf(listen)}`,
    `From:    an account of ${foreignText(pool.accounts_dir)} (${
      counted(pool.accounts.length, "account")
    })`,
    `To:      ${foreignText(models.join(" and "))}, in both forms`,
    `Text:    "${question}", with one function that has to be called; nothing of yours`,
  ];
}

export function reportText(tried: readonly Tried[]): string {
  const rows = tried.map(({ trial, outcome }) => [
    plain(trial.name),
    plain(trial.form),
    plain(outcome.status === undefined ? "none" : `${outcome.status}`),
    plain(outcome.called ?? "-"),
    plain(heldText(outcome)),
    { text: VERDICTS[outcome.verdict].text, paint: paintOf(outcome.verdict) },
    plain(outcome.error?.code ?? ""),
  ]);
  const messages = tried.flatMap(({ trial, outcome: { error } }) =>
    error === undefined ? [] : [
      `  ${visible(trial.name)} ${trial.form}: ${foreignText(error.message)}`,
    ]
  );
  const { sentences } = adviceOn(tried);
  const last = sentences.at(-1) ?? "";
  return [
    ...layOut(HEAD, rows).lines.map((line) => line.trimEnd()),
    ...messages.length === 0 ? [] : ["", ...messages],
    "",
    ...sentences.slice(0, -1).map(visible),
    bold(visible(last)),
  ].join("\n");
}

const HEAD = [
  "MODEL",
  "FORM",
  "STATUS",
  "CALLED",
  "TOOL CHOICE",
  "RESULT",
  "CODE",
];

const VERDICTS: Readonly<
  Record<Verdict, { readonly text: string; readonly paint: typeof green }>
> = {
  works: { text: "works", paint: green },
  no_call: { text: "no proper call", paint: red },
  form_refused: { text: "form refused", paint: yellow },
  refused: { text: "refused", paint: red },
  unknown: { text: "unknown", paint: yellow },
};

/** Without the further parameters of the colours. */
function paintOf(verdict: Verdict): (text: string) => string {
  return (text) => VERDICTS[verdict].paint(text);
}

function plain(text: string) {
  return { text: visible(cut(text)), paint: (one: string) => one };
}

function heldText({ toolChoiceHeld: held }: Outcome): string {
  return held === undefined ? "-" : held ? "held" : "not held";
}

export function reportJson(tried: readonly Tried[]): string {
  const { requestForm, sentences } = adviceOn(tried);
  const report = {
    trials: tried.map(({ trial: { name, kind, form }, outcome }) => ({
      model: name,
      kind,
      form,
      status: outcome.status ?? null,
      called: outcome.called ?? null,
      tool_choice_held: outcome.toolChoiceHeld ?? null,
      result: outcome.verdict,
      error: outcome.error && {
            code: outcome.error.code || null,
            message: cut(outcome.error.message),
          } || null,
    })),
    request_form: requestForm ?? null,
    advice: sentences,
  };
  return harmlessJson(JSON.stringify(report, null, 2));
}
