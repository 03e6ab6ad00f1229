/**
 * The user unit for systemd, and the private file of its environment.
 *
 * Pure: what systemd makes of it is told in `docs/packaging.md`.
 */
import { type MadeFolders, openVariables, type Plan } from "./plan.ts";
import {
  argument,
  barePath,
  environmentLine,
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
ExecStart=${command(plan)}
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

# The file system, but for the accounts: from systemd 253 on, where the kernel
# lets a person make namespaces. MemoryDenyWriteExecute would stop V8.
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths=${writable(plan)}
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

/** Undefined if there is nothing to hide. Lies beside the unit. */
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

function command({ program, wish, places }: Plan): string {
  const [executable = "", ...words] = program.words;
  return [
    path(executable, places.home),
    ...words.map(argument),
    "serve",
    ...wish.flags.map(argument),
  ].join(" ");
}

function environment(plan: Plan): string {
  const { home } = plan.places;
  const open = Object.entries(openVariables(plan)).map(([name, text]) =>
    `Environment=${value(`${name}=${text}`)}\n`
  );
  const file = barePath(environmentPath(plan.places), home);
  const hidden = Object.keys(plan.wish.secrets).length > 0
    ? [`EnvironmentFile=${file}\n`]
    : [];
  return [...open, ...hidden].join("");
}

/** With a dash: a folder that has gone is no reason not to start. */
function writable({ accountsDir, linked, places }: Plan): string {
  return [accountsDir, ...linked].map((folder) => {
    const word = path(folder, places.home);
    return word.startsWith('"') ? `"-${word.slice(1)}` : `-${word}`;
  }).join(" ");
}
