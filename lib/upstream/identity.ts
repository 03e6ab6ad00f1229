/**
 * How the gateway names itself where a caller does not: as the official
 * client of one version (C3.3).
 *
 * The system's release is left at `Unknown`, as the client does where it
 * cannot tell: reading it would need a permission that nothing else needs.
 */
import type { HeaderLine } from "../protocol/headers.ts";

const ORIGINATOR = "codex_exec";

/** The first version that says what answers it can decode, and what it says. */
const ENCODINGS_SINCE = [0, 171] as const;
const ENCODINGS = "zstd,gzip";

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

/**
 * What a version says of encoded answers, on every request but a handshake: a
 * line, or none.
 */
export function acceptEncodingOf(version: string): readonly HeaderLine[] {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [sinceMajor, sinceMinor] = ENCODINGS_SINCE;
  const says = major === sinceMajor ? minor >= sinceMinor : major > sinceMajor;
  return says ? [["accept-encoding", ENCODINGS]] : [];
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
      ...acceptEncodingOf(version),
    ],
    short: [
      ["originator", ORIGINATOR],
      ["user-agent", short],
      ...acceptEncodingOf(version),
    ],
  };
}
