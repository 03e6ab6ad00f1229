/**
 * The two service managers: where their files are, what is in them, and the
 * commands that a person runs.
 *
 * Runs no command, because this program has no permission to.
 */
import { LABEL, launchdPlist, logPath, plistPath } from "./launchd_plist.ts";
import type { MadeFolders, Places, Plan } from "./plan.ts";
import {
  environmentFile,
  environmentPath,
  systemdUnit,
  unitPath,
} from "./systemd_unit.ts";

export interface ServiceFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** The link that makes a manager start the service at login. */
export interface StartLink {
  readonly path: string;
  readonly target: string;
}

export type ManagerName = "systemd" | "launchd";

export interface Manager {
  readonly name: ManagerName;
  /** The file that describes the service. */
  readonly unitPath: (places: Places) => string;
  readonly unit: (plan: Plan, made: readonly MadeFolders[]) => ServiceFile;
  /** A second file, for what only its owner may read. */
  readonly secretsPath: (places: Places) => string | undefined;
  readonly secrets: (plan: Plan) => ServiceFile | undefined;
  /** Undefined if the unit alone makes the service start at login. */
  readonly startLink: (places: Places) => StartLink | undefined;
  /** Files that the service leaves behind. */
  readonly leftovers: (places: Places) => readonly string[];
  /** Whether the accounts dir must exist before the start. */
  readonly needsAccountsDir: boolean;
  /** Matches paths of executables that the manager cannot run. */
  readonly badExecutable: RegExp;
  /** Shell commands. */
  readonly start: readonly string[];
  readonly restart: readonly string[];
  readonly stop: readonly string[];
  readonly enable: string;
  /** The shell command that shows the log. */
  readonly log: (places: Places) => string;
}

const WORLD = 0o644;
const OWNER = 0o600;

const TARGET = `gui/$(id -u)`;
const AGENT = `~/Library/LaunchAgents/${LABEL}.plist`;

export const MANAGERS: Readonly<Record<ManagerName, Manager>> = {
  systemd: {
    name: "systemd",
    unitPath,
    unit: (plan, made) => ({
      path: unitPath(plan.places),
      text: systemdUnit(plan, made),
      mode: WORLD,
    }),
    secretsPath: environmentPath,
    secrets: (plan) => {
      const text = environmentFile(plan);
      const path = environmentPath(plan.places);
      return text === undefined ? undefined : { path, text, mode: OWNER };
    },
    startLink: (places) => ({
      path: `${places.config}/systemd/user/default.target.wants/codaze.service`,
      target: unitPath(places),
    }),
    leftovers: () => [],
    needsAccountsDir: true,
    badExecutable: /["'\\]/,
    start: [
      "systemctl --user daemon-reload",
      "systemctl --user enable --now codaze",
    ],
    restart: [
      "systemctl --user daemon-reload",
      "systemctl --user enable codaze",
      "systemctl --user restart codaze",
    ],
    stop: [
      "systemctl --user stop codaze",
      "systemctl --user daemon-reload",
    ],
    enable: "systemctl --user enable codaze",
    log: () => "journalctl --user -u codaze",
  },
  launchd: {
    name: "launchd",
    unitPath: plistPath,
    unit: (plan, made) => ({
      path: plistPath(plan.places),
      text: launchdPlist(plan, made),
      mode: Object.keys(plan.wish.secrets).length > 0 ? OWNER : WORLD,
    }),
    secretsPath: () => undefined,
    secrets: () => undefined,
    startLink: () => undefined,
    leftovers: (places) => [logPath(places)],
    needsAccountsDir: false,
    badExecutable: /^$/,
    start: [`launchctl bootstrap ${TARGET} ${AGENT}`],
    restart: [
      `launchctl bootout ${TARGET}/${LABEL}`,
      `launchctl bootstrap ${TARGET} ${AGENT}`,
    ],
    stop: [`launchctl bootout ${TARGET}/${LABEL}`],
    enable: `launchctl enable ${TARGET}/${LABEL}`,
    log: (places) => `tail -f ${logPath(places)}`,
  },
};

/** Undefined on systems that have neither. */
export function managerOf(os: typeof Deno.build.os): Manager | undefined {
  if (os === "linux") return MANAGERS.systemd;
  return os === "darwin" ? MANAGERS.launchd : undefined;
}
