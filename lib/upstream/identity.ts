/**
 * How the gateway names itself where a caller does not: as the official
 * client of one version (C3.3).
 *
 * The system's release is left at `Unknown`, as the client does where it
 * cannot tell: reading it would need a permission that nothing else needs.
 */
import type { HeaderLine } from "../protocol/headers.ts";

const ORIGINATOR = "codex_exec";

const SYSTEMS: Readonly<Record<string, string>> = {
  darwin: "Mac OS",
  linux: "Linux",
  windows: "Windows",
};

/** `arch` as the client writes it, which depends on the system. */
function archOf(os: string, arch: string): string {
  return os === "darwin" && arch === "aarch64" ? "arm64" : arch;
}

export interface Identity {
  /** For requests of a session. */
  readonly full: readonly HeaderLine[];
  /** For requests before a session is there: refresh and models. */
  readonly short: readonly HeaderLine[];
}

export function identityOf(
  version: string,
  { os, arch }: { readonly os: string; readonly arch: string },
): Identity {
  const system = `${SYSTEMS[os] ?? os} Unknown; ${archOf(os, arch)}`;
  const short = `${ORIGINATOR}/${version} (${system}) unknown`;
  const full = `${short} (${ORIGINATOR}; ${version})`;
  return {
    full: [
      ["version", version],
      ["originator", ORIGINATOR],
      ["user-agent", full],
    ],
    short: [
      ["originator", ORIGINATOR],
      ["user-agent", short],
    ],
  };
}
