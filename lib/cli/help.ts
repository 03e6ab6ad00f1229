/** The text of `--help`, made from the flags themselves. */
import { FLAGS } from "../flags.ts";

const width = Math.max(...Object.keys(FLAGS).map((flag) => flag.length));

const flags = Object.entries(FLAGS).map(([flag, text]) =>
  `  --${flag.padEnd(width)}  ${text}`
).join("\n");

export const HELP = `codaze: a local gateway for your own ChatGPT accounts

Usage:
  codaze [flags]        serve the public and the admin port
  codaze demo [flags]   the same in front of a built-in simulator; nothing
                        leaves this machine

Flags (each has an environment twin, CODAZE_ and the name in capitals):
${flags}
  --${"help".padEnd(width)}  this text
  --${"version".padEnd(width)}  the version of codaze`;
