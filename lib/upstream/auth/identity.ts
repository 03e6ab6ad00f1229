/**
 * How the gateway names itself where a caller does not: as the official client
 * of one version (docs/client.md, "Who it says it is").
 *
 * Does not read the system's release: that takes a permission that nothing else
 * needs. It is `Unknown`, as in the client where it cannot tell.
 */
import type { HeaderLine } from "../../protocol/headers.ts";

const ORIGINATOR = "codex_exec";

/** The first version that sends `accept-encoding`, and its value. */
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
  /** For requests outside a session: refresh and models. */
  readonly short: readonly HeaderLine[];
}

/**
 * The `accept-encoding` line of a version, for every request but a handshake;
 * none for older versions.
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
