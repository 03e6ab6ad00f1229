/** Types of `path.ts`: the signatures of `@std/path`, for this platform. */

/** The last part of a path, without `suffix` if it ends with that. */
export function basename(path: string | URL, suffix?: string): string;

/** All but the last part of a path; `.` if there is only one. */
export function dirname(path: string | URL): string;

/** Whether the path starts at a root. */
export function isAbsolute(path: string | URL): boolean;

/** Joins with this platform's separator, then normalizes. */
export function join(path: string | URL, ...paths: string[]): string;
