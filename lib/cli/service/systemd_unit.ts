/**
 * The user unit for systemd, and its private environment file.
 *
 * Pure. `docs/packaging.md` tells what systemd does with the settings.
 */
import {
  NOTIFY_SOCKET,
  RUNTIME_DIRECTORY,
  SOCKET_NAME,
} from "../process/watchdog.ts";
import { commandWords, type Extras } from "./grants.ts";
import { type MadeFolders, openVariables, type Plan } from "./plan.ts";
import {
  argument,
  barePath,
  environmentLine,
  listArgument,
  path,
  value,
} from "./systemd_quote.ts";
import { recordOf } from "./record.ts";
import { stamp } from "./stamp.ts";

export function systemdUnit(plan: Plan, made: readonly MadeFolders[]): string {
  const { wish } = plan;
  const record = recordOf(plan, { made, environment: wish.environment });
  return stamp(
    record,
    (comment) =>
      `# Made by \`codaze service install\`, which leaves it alone once it is edited.
# ${comment}

[Unit]
Description=Codaze, a local gateway for your own ChatGPT accounts
# Gives up on what does not start within some minutes.
StartLimitIntervalSec=10min
StartLimitBurst=30

[Service]
Type=exec
${watchdog(plan)}ExecStart=${command(plan)}
${environment(plan)}Restart=on-failure
RestartSec=5s
# From systemd 254 on: longer each time, up to a minute, and no giving up.
RestartSteps=5
RestartMaxDelaySec=60s
# Wrong flags stay wrong.
RestartPreventExitStatus=2
KillSignal=SIGTERM
TimeoutStopSec=${plan.stopSeconds}s
UMask=0077

# No core dump: it would hold tokens. Far more files than thousands of streams
# take, and more memory than the gateway lets itself take.
LimitCORE=0
LimitNOFILE=65536
MemoryMax=${mebibytes(plan.memoryBytes)}M

# The file system, but for the accounts: from systemd 253 on, where the kernel
# lets a person make namespaces. MemoryDenyWriteExecute would stop V8.
ProtectSystem=strict
${home(plan)}ReadWritePaths=${writable(plan)}
InaccessiblePaths=${hidden(plan)}
PrivateTmp=yes
ProtectControlGroups=yes
ProtectKernelTunables=yes

NoNewPrivileges=yes
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=default.target
`,
  );
}

/** The environment file, or undefined if there are no secrets. */
export function environmentFile({ wish }: Plan): string | undefined {
  const secrets = Object.entries(wish.secrets);
  if (secrets.length === 0) return undefined;
  return stamp({}, (comment) =>
    [
      "# The private environment of codaze.service",
      `# ${comment}`,
      ...secrets.map(([name, text]) => environmentLine(name, text)),
      "",
    ].join("\n"));
}

export function unitPath({ config }: Plan["places"]): string {
  return `${config}/systemd/user/codaze.service`;
}

export function environmentPath({ config }: Plan["places"]): string {
  return `${config}/systemd/user/codaze.env`;
}

function command(plan: Plan): string {
  const { program, wish, places } = plan;
  const [executable = ""] = program.words;
  const [, ...words] = commandWords(plan, FOR_WATCHDOG);
  return [
    path(executable, places.home),
    ...words.map((word) =>
      typeof word === "string" ? argument(word) : listArgument(word)
    ),
    "serve",
    ...wish.flags.map(argument),
  ].join(" ");
}

/** Permissions to send datagrams to systemd; `%t` is $XDG_RUNTIME_DIR. */
const FOR_WATCHDOG: Extras = {
  items: {
    "--allow-net": ["unix:%t/systemd/notify", `unix:%t/codaze/${SOCKET_NAME}`],
    "--allow-env": [NOTIFY_SOCKET, RUNTIME_DIRECTORY],
    "--allow-read": ["%t/systemd/notify", "%t/codaze"],
    "--allow-write": ["%t/systemd/notify", "%t/codaze"],
  },
  flags: ["--unstable-net"],
};

/** An executable has no permission for systemd's socket. */
function watchdog({ program }: Plan): string {
  return program.kind === "executable"
    ? ""
    : `# The gateway sets the watchdog itself, as soon as it can serve it.
NotifyAccess=main
RuntimeDirectory=codaze
`;
}

function environment(plan: Plan): string {
  const { wish, places: { home } } = plan;
  const given = { ...wish.environment, ...wish.secrets };
  const open = Object.entries(openVariables(plan)).map(([name, text]) =>
    `Environment=${value(`${name}=${text}`)}\n`
  );
  const file = barePath(environmentPath(plan.places), home);
  const hidden = Object.keys(plan.wish.secrets).length > 0
    ? [`EnvironmentFile=${file}\n`]
    : [];
  const foreign = WHERE.filter((name) => !Object.hasOwn(given, name)).join(" ");
  const unset = foreign === "" ? [] : [`UnsetEnvironment=${foreign}\n`];
  return [...open, ...hidden, ...unset].join("");
}

function writable({ accountsDir, linked, places }: Plan): string {
  return paths([accountsDir, ...linked], places);
}

/**
 * If the service manager's own environment sets one of these (through
 * environment.d, for example), the gateway would use folders or ports that
 * this unit does not allow.
 */
const WHERE: readonly string[] = [
  ...["CODAZE_LISTEN", "CODAZE_ADMIN_LISTEN", "CODAZE_ACCOUNTS_DIR"],
  ...["CODAZE_UPSTREAM", "CODAZE_AUTH_ISSUER"],
];

/** The dash lets the service start if a folder is missing. */
function paths(
  folders: readonly string[],
  { home }: Plan["places"],
): string {
  return folders.map((folder) => {
    const word = path(folder, home);
    return word.startsWith('"') ? `"-${word.slice(1)}` : `-${word}`;
  }).join(" ");
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 1024 / 1024);
}

/** Where other programs keep keys and passwords in the home folder. */
const SECRETS: readonly string[] = [
  ...[".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker"],
  ...[".config/gcloud", ".config/gh", ".netrc", ".password-store"],
  ".local/share/keyrings",
];

/** All of `SECRETS` except what the service itself uses. */
function hidden(plan: Plan): string {
  const { places, program, accountsDir, linked, wish } = plan;
  const used = [accountsDir, ...linked, ...wish.roots, ...program.words];
  const all = SECRETS.map((name) => `${places.home}/${name}`).filter((folder) =>
    !used.some((one) => one === folder || one.startsWith(`${folder}/`))
  );
  return paths(all, places);
}

/**
 * The permissions of an executable are fixed, so systemd hides everything in
 * the home folder that the service does not use.
 */
function home({ program, wish, ...plan }: Plan): string {
  const readOnly = "ProtectHome=read-only\n";
  if (program.kind === "script") return readOnly;
  const { places, accountsDir, linked } = plan;
  const seen = [program.path, ...wish.roots].filter((file) =>
    file.startsWith(`${places.home}/`)
  );
  const all = [...seen, accountsDir, ...linked];
  // `BindPaths=` splits at blanks and colons, even inside quotes.
  if (all.some((one) => !/^[\w./@+,=-]+$/.test(one))) return readOnly;
  return [
    readOnly,
    "TemporaryFileSystem=%h:ro\n",
    seen.length === 0 ? "" : `BindReadOnlyPaths=${paths(seen, places)}\n`,
    `BindPaths=${paths([accountsDir, ...linked], places)}\n`,
  ].join("");
}
