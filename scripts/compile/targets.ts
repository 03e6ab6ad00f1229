/**
 * The systems Codaze is released for, under Deno's names for them, and what
 * their files are called. The names are those of the releases before 0.4.
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

/** The target of that name, if we release for it. */
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
