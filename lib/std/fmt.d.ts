/** Types of `fmt.ts`: the signatures of `@std/fmt/colors`. */

/** Turns all colours below on or off. Initially `NO_COLOR` decides. */
export function setColorEnabled(value: boolean): void;
export function stripAnsiCode(text: string): string;
export function bold(str: string): string;
export function dim(str: string): string;
export function green(str: string): string;
export function red(str: string): string;
export function yellow(str: string): string;
