/** Which certificates a TLS connection of `node:tls` trusts. */
import { createSecureContext, type SecureContext } from "node:tls";

/**
 * Options that trust `rootCertificates` (PEM) in addition to the usual ones.
 * The option `ca` would replace those, and to list them takes a permission for
 * the whole system.
 */
export function trusting(
  rootCertificates: readonly string[],
): { readonly secureContext?: SecureContext } {
  if (rootCertificates.length === 0) return {};
  const secureContext = createSecureContext();
  for (const pem of rootCertificates) secureContext.context.addCACert(pem);
  return { secureContext };
}
