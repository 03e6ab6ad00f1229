/** What `codaze probe` makes of answers and outcomes. */
import { assertEquals } from "@std/assert";
import { adviceOn } from "../../lib/cli/probe/advice.ts";
import { chooseModels } from "../../lib/cli/probe/choose_models.ts";
import {
  type Outcome,
  readOutcome,
  unanswered,
  type Verdict,
} from "../../lib/cli/probe/outcome.ts";

const CALL = { type: "function_call", name: "note_word" };
const MESSAGE = { type: "message", content: [] };

/** A stream with these items and this last event. */
function stream(items: readonly unknown[], last: unknown = COMPLETED): string {
  const events = [
    { type: "response.created", response: {} },
    ...items.map((item) => ({ type: "response.output_item.done", item })),
    last,
  ];
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
}

const COMPLETED = { type: "response.completed", response: { output: [] } };

function errorBody(message: string, code: string | null = null): string {
  return JSON.stringify({ error: { message, type: "x", param: null, code } });
}

/** Verdict, whether it was called, whether the choice held, code. */
const ANSWERS: ReadonlyArray<[status: number, text: string, told: string]> = [
  [200, stream([{ ...CALL, arguments: '{"word":"four"}' }]), "works yes true"],
  [
    200,
    stream([MESSAGE, { ...CALL, arguments: '{"word":"four"}' }]),
    "works yes true",
  ],
  [200, stream([{ ...CALL, arguments: "{}" }]), "no_call damaged true"],
  [200, stream([{ ...CALL, arguments: '{"word":' }]), "no_call damaged true"],
  [
    200,
    stream([{ ...CALL, name: "f", arguments: '{"word":"4"}' }]),
    "no_call damaged true",
  ],
  [200, stream([MESSAGE]), "no_call no false"],
  [200, stream([]), "no_call no false"],
  [200, stream([MESSAGE], { type: "response.output_text.delta" }), "unknown"],
  [200, stream([], { type: "response.incomplete", response: {} }), "unknown"],
  [
    200,
    stream([], { type: "error", code: "stream_interrupted", message: "cut" }),
    "unknown stream_interrupted",
  ],
  [
    200,
    stream([], {
      type: "response.failed",
      response: { error: { code: "server_error", message: "no" } },
    }),
    "unknown server_error",
  ],
  [200, "no events", "unknown"],
  [404, errorBody("Model not found gpt-6.2-luna"), "form_refused"],
  [
    400,
    errorBody("X requires reasoning.context to be all_turns", "bad_value"),
    "form_refused bad_value",
  ],
  [400, errorBody("Unsupported parameter: tools", "no"), "refused no"],
  [
    400,
    errorBody("sign in", "no_usable_account"),
    "unknown no_usable_account",
  ],
  [429, errorBody("spent", "insufficient_quota"), "unknown insufficient_quota"],
  [502, "<html>", "unknown"],
];

for (const [status, text, told] of ANSWERS) {
  Deno.test(`an answer ${status} ${text.slice(-70)} is ${told}`, () => {
    const { verdict, called, toolChoiceHeld, error, ...rest } = readOutcome({
      status,
      text,
    });
    const seen = [verdict, called, toolChoiceHeld, error?.code || undefined];
    assertEquals(
      seen.filter((one) => one !== undefined).join(" "),
      told,
    );
    assertEquals(rest, { status });
  });
}

function outcome(verdict: Verdict): Outcome {
  return { ...unanswered("none"), verdict };
}

/** Of the lite model in its own form and the other, and of the classic one. */
type Verdicts = readonly [Verdict, Verdict, Verdict, Verdict];

const ADVICE: ReadonlyArray<
  [verdicts: Verdicts, form: string | undefined, last: string]
> = [
  [["works", "works", "works", "works"], "auto", "--request-form auto"],
  [["works", "form_refused", "works", "refused"], "auto", "--request-form"],
  [["form_refused", "works", "works", "refused"], "auto", "--request-form"],
  [["works", "unknown", "works", "unknown"], "auto", "--request-form auto"],
  [["refused", "works", "works", "works"], "plain", "Start the gateway with"],
  [["no_call", "works", "works", "refused"], "plain", "Start the gateway with"],
  [["works", "refused", "no_call", "works"], "lite", "Start the gateway with"],
  [["refused", "works", "no_call", "works"], undefined, "No --request-form s"],
  [["no_call", "no_call", "works", "works"], undefined, "No --request-form m"],
  [["refused", "refused", "works", "works"], undefined, "No --request-form m"],
  [["unknown", "unknown", "works", "works"], undefined, "Not settled"],
  [["works", "works", "unknown", "form_refused"], undefined, "Not settled"],
];

for (const [verdicts, form, last] of ADVICE) {
  Deno.test(`of ${verdicts.join(", ")} the advice is ${form}`, () => {
    const [liteOwn, litePlain, classicOwn, classicLite] = verdicts;
    const lite = { name: "l", kind: "lite" } as const;
    const classic = { name: "c", kind: "classic" } as const;
    const { requestForm, sentences } = adviceOn([
      { trial: { ...lite, form: "lite" }, outcome: outcome(liteOwn) },
      { trial: { ...lite, form: "plain" }, outcome: outcome(litePlain) },
      { trial: { ...classic, form: "plain" }, outcome: outcome(classicOwn) },
      { trial: { ...classic, form: "lite" }, outcome: outcome(classicLite) },
    ]);
    assertEquals([requestForm, sentences.length], [form, 3]);
    assertEquals(sentences[2]?.slice(0, last.length), last);
  });
}

function list(...models: ReadonlyArray<[id: string, lite: unknown]>): string {
  const data = models.map(([id, lite]) => ({ id, use_responses_lite: lite }));
  return JSON.stringify({ object: "list", data });
}

const OLD = "The gateway is older than this command: restart it";

const CHOICES: ReadonlyArray<
  [text: string, named: readonly (string | undefined)[], chosen: unknown]
> = [
  [list(["a", true], ["b", false], ["c", true]), [], ["lite a", "classic b"]],
  [list(["a", true], ["b", true]), [], ["lite a"]],
  [list(["b", false]), [], ["classic b"]],
  [list(["a", true]), ["x", "y"], ["lite x", "classic y"]],
  [list(["a", true]), [undefined, "y"], ["lite a", "classic y"]],
  [list(["a", undefined]), ["x", "y"], OLD],
  ["{", [], OLD],
];

for (const [text, [lite, classic], chosen] of CHOICES) {
  Deno.test(`of ${text} and ${lite}, ${classic} are chosen: ${chosen}`, () => {
    const models = chooseModels(text, { lite, classic });
    assertEquals(
      models.ok
        ? models.value.map(({ kind, name }) => `${kind} ${name}`)
        : models.error,
      chosen,
    );
  });
}
