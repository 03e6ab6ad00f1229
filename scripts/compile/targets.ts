/**
 * The systems that Codaze is released for, by Deno's names, and the names of
 * their files, which are the same as before version 0.4.
 */

export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
  "aarch64-pc-windows-msvc",
] as const;

export type Target = typeof TARGETS[number];

/** The target with this name, if we release for it. */
export function findTarget(name: string): Target | undefined {
  return TARGETS.find((target) => target === name);
}

export function isWindows(target: Target): boolean {
  return target.includes("windows");
}

export function executableName(target: Target): string {
  return isWindows(target) ? "codaze.exe" : "codaze";
}

export function archiveName(target: Target): string {
  return `codaze-${target}.${isWindows(target) ? "zip" : "tar.gz"}`;
}
