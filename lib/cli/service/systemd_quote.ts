/**
 * The quoting of systemd unit files (systemd.syntax, systemd.service).
 *
 * Pure. `make_plan.ts` has refused text with control characters.
 */

import type { ListWord } from "./grants.ts";

/** Text that needs no quotes anywhere in a unit. */
const PLAIN = /^[\w./:=,@+-]+$/;

/**
 * An argument of `ExecStart`, where `%` begins a specifier and `$` a variable.
 */
export function argument(text: string): string {
  return word(literal(text).replaceAll("$", "$$$$"));
}

/**
 * `--flag=item,item` as an argument of `ExecStart`. Specifiers work only in the
 * `special` items.
 */
export function listArgument({ flag, items, special }: ListWord): string {
  const all = [...items.map(literal), ...special];
  return word(`${flag}=${all.join(",")}`.replaceAll("$", "$$$$"));
}

/**
 * A word of `Environment=`, where systemd replaces specifiers but no variables.
 */
export function value(text: string): string {
  return word(literal(text));
}

/** A setting that is one path, where specifiers work but quotes do not. */
export function barePath(path: string, home: string): string {
  return underHome(path, home);
}

/** A word that is a path; one in the home folder begins with `%h`. */
export function path(path: string, home: string): string {
  return word(underHome(path, home));
}

/** A line of an `EnvironmentFile=`, without specifiers and variables. */
export function environmentLine(name: string, text: string): string {
  return `${name}="${text.replaceAll(/["\\$`]/g, "\\$&")}"`;
}

/** `%h` is the home folder of the user who runs the service manager. */
function underHome(path: string, home: string): string {
  const below = path.startsWith(`${home}/`) && home !== "";
  return below ? `%h${literal(path.slice(home.length))}` : literal(path);
}

function literal(text: string): string {
  return text.replaceAll("%", "%%");
}

function word(text: string): string {
  const plain = PLAIN.test(text.replace(/^%h(?=\/)/, ""));
  return plain ? text : `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}
