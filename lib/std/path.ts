/**
 * Typed door to the path functions of the standard library, for this system.
 *
 * `@std/path` itself chooses the system by `globalThis.process`, which loads
 * Node's layer: 5 MiB and 20 ms.
 */
// @ts-types="./path.d.ts"
import { basename as posixBasename } from "deno-std/path/posix/basename.js";
// @ts-types="./path.d.ts"
import { dirname as posixDirname } from "deno-std/path/posix/dirname.js";
// @ts-types="./path.d.ts"
import { isAbsolute as posixIsAbsolute } from "deno-std/path/posix/is_absolute.js";
// @ts-types="./path.d.ts"
import { join as posixJoin } from "deno-std/path/posix/join.js";
// @ts-types="./path.d.ts"
import { basename as windowsBasename } from "deno-std/path/windows/basename.js";
// @ts-types="./path.d.ts"
import { dirname as windowsDirname } from "deno-std/path/windows/dirname.js";
// @ts-types="./path.d.ts"
import { isAbsolute as windowsIsAbsolute } from "deno-std/path/windows/is_absolute.js";
// @ts-types="./path.d.ts"
import { join as windowsJoin } from "deno-std/path/windows/join.js";

const isWindows = Deno.build.os === "windows";

export const basename = isWindows ? windowsBasename : posixBasename;
export const dirname = isWindows ? windowsDirname : posixDirname;
export const isAbsolute = isWindows ? windowsIsAbsolute : posixIsAbsolute;
export const join = isWindows ? windowsJoin : posixJoin;
