/**
 * The quoting of systemd unit files (systemd.syntax, systemd.service).
 *
 * Pure, and for text without control characters, which is refused before.
 */

import type { ListWord } from "./grants.ts";

/** Needs no quotes anywhere in a unit. */
const PLAIN = /^[\w./:=,@+-]+$/;

/**
 * An argument of `ExecStart`: there `%` begins a specifier and `$` a
 * variable.
 */
export function argument(text: string): string {
  return word(literal(text).replaceAll("$", "$$$$"));
}

/**
 * `--flag=item,item` as an argument of `ExecStart`; in `special` items
 * specifiers keep their meaning.
 */
export function listArgument({ flag, items, special }: ListWord): string {
  const all = [...items.map(literal), ...special];
  return word(`${flag}=${all.join(",")}`.replaceAll("$", "$$$$"));
}

/**
 * A word of `Environment=` or of a list of paths, and the program of
 * `ExecStart`: variables are not replaced in any of these.
 */
export function value(text: string): string {
  return word(literal(text));
}

/** A setting that is one path: no quotes there, only specifiers. */
export function barePath(path: string, home: string): string {
  return underHome(path, home, literal);
}

/** A word that is a path, which keeps its meaning in another's home. */
export function path(path: string, home: string): string {
  return word(underHome(path, home, literal));
}

/** A line of an `EnvironmentFile=`, which knows neither `%` nor variables. */
export function environmentLine(name: string, text: string): string {
  return `${name}="${text.replaceAll(/["\\$`]/g, "\\$&")}"`;
}

/** `%h` is the home folder of whoever runs the service manager. */
function underHome(
  path: string,
  home: string,
  escape: (text: string) => string,
): string {
  const below = path.startsWith(`${home}/`) && home !== "";
  return below ? `%h${escape(path.slice(home.length))}` : escape(path);
}

function literal(text: string): string {
  return text.replaceAll("%", "%%");
}

function word(text: string): string {
  const plain = PLAIN.test(text.replace(/^%h(?=\/)/, ""));
  return plain ? text : `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}
