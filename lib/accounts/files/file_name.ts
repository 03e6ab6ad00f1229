/**
 * What the name of a file in the accounts dir means. Pure; opens no file.
 */

type Os = typeof Deno.build.os;

/**
 * Whether a file of this name may be an account: `*.json` in any case, not
 * hidden. On Windows some names are devices: reading `con.json` would wait for
 * keyboard input.
 */
export function isAccountName(name: string, os: Os = Deno.build.os): boolean {
  if (!/^[^.].*\.json$/is.test(name)) return false;
  return os !== "windows" || !isDeviceName(name);
}

/**
 * The id of the account in this file: the name without `.json`. An extension in
 * another case stays, since `a.json` and `a.JSON` may be two files.
 */
export function idOf(name: string): string {
  return name.endsWith(".json") ? name.slice(0, -".json".length) : name;
}

/** `a.json`, `a-2.json`, `a-3.json` …: the name, if others have it already. */
export function numbered(name: string, n: number): string {
  return n === 1 ? name : `${name.replace(/\.json$/i, "")}-${n}.json`;
}

/** Names of Windows devices, whatever follows the first dot. */
function isDeviceName(name: string): boolean {
  return /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *\./i
    .test(name);
}
