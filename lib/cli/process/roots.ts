/**
 * The extra roots that the environment names. Does not use them.
 */
import { reasonOf } from "../../accounts/files/durable.ts";
import {
  readRegularFile,
  whyNoFile,
} from "../../accounts/files/regular_file.ts";
import type { Environment } from "../../config/flags.ts";
import { err, ok, type Result } from "../../result.ts";

/** As in Codex, the first one that can be used counts. */
export const ROOT_VARIABLES: readonly string[] = [
  "CODEX_CA_CERTIFICATE",
  "SSL_CERT_FILE",
];

/** Several times what a system trusts. */
const MAX_BYTES = 16 * 1024 * 1024;

export interface Roots {
  /** PEM. */
  readonly rootCertificates: readonly string[];
  /** The variable that named them; undefined if none did. */
  readonly rootsFrom: string | undefined;
  /** Messages for the person. */
  readonly warnings: readonly string[];
}

export async function readRoots(
  env: Environment,
): Promise<Result<Roots, string>> {
  const warnings: string[] = [];
  for (const name of ROOT_VARIABLES) {
    const path = env(name);
    if (!path) continue;
    try {
      const read = await readPem(path);
      if (!read.ok) return refused(name, path, read.error);
      const rootCertificates = [read.value];
      // Throws if it is not a certificate.
      Deno.createHttpClient({ caCerts: rootCertificates }).close();
      return ok({ rootCertificates, rootsFrom: name, warnings });
    } catch (error) {
      // A service may inherit a variable whose file it may not read.
      if (!(error instanceof Deno.errors.NotCapable)) {
        return refused(name, path, reasonOf(error));
      }
      warnings.push(
        `${name} is not used, because this process may not read it: install the service with --env ${name}`,
      );
    }
  }
  return ok({ rootCertificates: [], rootsFrom: undefined, warnings });
}

/** Throws file system errors. */
async function readPem(path: string): Promise<Result<string, string>> {
  const read = await readRegularFile(path, MAX_BYTES);
  switch (read.kind) {
    case "file":
      return ok(new TextDecoder().decode(read.bytes));
    case "large":
      return err(`it is larger than ${MAX_BYTES} bytes`);
    case "other":
      return err(whyNoFile(read.info));
  }
}

function refused(name: string, path: string, why: string) {
  return err(`Cannot use ${name} "${path}": ${why}`);
}
