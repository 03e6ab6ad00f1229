/**
 * What the name of a file in the accounts dir says. Pure; looks at no file.
 */

type Os = typeof Deno.build.os;

/**
 * Whether a file of this name may be an account: `*.json` in any case, not
 * hidden. Windows opens a device where a name is one of its own, and would
 * wait for what is typed into `con.json`.
 */
export function isAccountName(name: string, os: Os = Deno.build.os): boolean {
  if (!/^[^.].*\.json$/is.test(name)) return false;
  return os !== "windows" || !isDeviceName(name);
}

/**
 * The id of the account in this file: the stem. A name in another case keeps
 * its extension, for where `a.json` and `a.JSON` are two files.
 */
export function idOf(name: string): string {
  return name.endsWith(".json") ? name.slice(0, -".json".length) : name;
}

/** Devices of Windows, whatever follows the first dot. */
function isDeviceName(name: string): boolean {
  return /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *\./i
    .test(name);
}
