/** The text of `--help`; its list of flags is that of `FLAGS`. */
import { type Flag, FLAGS } from "../config/flags.ts";

const table: readonly Flag<unknown>[] = Object.values(FLAGS);

const width = Math.max(...table.map(({ name }) => name.length));

/** Only tests change these, so their long defaults are left out. */
const WITHOUT_DEFAULT: readonly Flag<unknown>[] = [
  FLAGS.upstream,
  FLAGS.authIssuer,
];

const flags = table.map((flag) => {
  const isShown = flag.default !== undefined && !WITHOUT_DEFAULT.includes(flag);
  const value = isShown ? ` (${flag.default})` : "";
  return `  --${flag.name.padEnd(width)}  ${flag.help}${value}`;
}).join("\n");

export const HELP = `codaze: a local gateway for your own ChatGPT accounts

Usage:
  codaze [flags]        serve the public and the admin port
  codaze demo [flags]   the same in front of a built-in simulator; nothing
                        leaves this machine
  codaze login [flags]  sign in with a browser on this machine; with --device,
                        with a code on any machine; --label NAME names the account
  codaze import FILE... take in an auth.json of Codex, an account file, or a
                        token on standard input; --label NAME, --no-check
  codaze accounts [NAME]
                        show the pool, or all about one account; --json; --fresh
                        reads upstream's pages of usage first
  codaze accounts wake|remove|refresh NAME
                        end a cooldown (--all), delete (--yes), refresh now
  codaze accounts reset-credit NAME
                        show a reset of its limits that its person may ask for,
                        and spend it; --confirm VALUE
  codaze accounts pause|resume NAME...
                        give an account no new turns, or some again
  codaze accounts prefer NAME [N]
                        let it serve before others; N is -9 to 9, 0 undoes
  codaze accounts keep NAME PERCENT
                        leave so much of each window to its owner
  codaze accounts rename NAME NEW
                        give it another label
  codaze policy [NAME]  show or set the policy of the running gateway
  codaze explain        say who would serve now, and why; --session ID,
                        --model M
  codaze replay FILE    make recorded decisions again; --policy NAME
  codaze usage          show turns and tokens by day; --days N, --by account or
                        --by model, --json
  codaze probe          ask the models which form of a turn they take, by four
                        small turns of your accounts; --yes, --lite MODEL,
                        --classic MODEL, --json
  codaze doctor         check everything that a gateway needs here, and say how
                        to fix what is wrong; --json
  codaze selftest       try the gateway on the built-in simulator and some
                        twenty of its faults; nothing leaves this machine; --json
  codaze service install|uninstall|status|print
                        run as a service of systemd or launchd with the flags
                        that follow; --env NAME[=VALUE], --program PATH, --force;
                        print takes --systemd or --launchd

Flags (each has an environment twin, CODAZE_ and the name in capitals):
${flags}
  --${"help".padEnd(width)}  this text
  --${"version".padEnd(width)}  the version of codaze`;
