/**
 * What a refusal means that the backend words without a code: SDKs show `param`
 * and `code`, so both are filled in where the words name them.
 */

export interface Meaning {
  readonly code: string;
  readonly param: string;
  /**
   * The gateway sends every turn in this form, so the mistake is its own and
   * not the caller's.
   */
  readonly isOurs: boolean;
}

/** Undefined for words that are not known. */
export function meaningOfWords(message: string): Meaning | undefined {
  const parameter = UNSUPPORTED.exec(message)?.[1];
  if (parameter !== undefined) {
    return { code: "unsupported_parameter", param: parameter, isOurs: false };
  }
  if (NO_MODEL.test(message)) {
    return { code: "model_not_found", param: "model", isOurs: false };
  }
  const mine = OURS.find(([words]) => message.startsWith(words));
  return mine && { code: "gateway_bug", param: mine[1], isOurs: true };
}

const UNSUPPORTED = /^Unsupported parameter: '?([\w.[\]-]{1,100}?)'?\.?$/;

const NO_MODEL =
  /^The '[^']{1,100}' model is not supported when using Codex with a ChatGPT account\.?$/;

const OURS: ReadonlyArray<readonly [words: string, param: string]> = [
  ["Stream must be set to true", "stream"],
  ["Store must be set to false", "store"],
  ["Instructions are required", "instructions"],
  ["Input must be a list", "input"],
  ["System messages are not allowed", "input"],
];
