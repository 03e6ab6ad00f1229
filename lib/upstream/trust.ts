/** Which certificates a TLS connection of `node:tls` trusts. */
import { createSecureContext, type SecureContext } from "node:tls";

/**
 * Options that trust `rootCertificates` (PEM) besides the usual ones. The
 * option `ca` would be instead of them, and the list of the usual ones is not
 * to be had without a permission for the whole system.
 */
export function trusting(
  rootCertificates: readonly string[],
): { readonly secureContext?: SecureContext } {
  if (rootCertificates.length === 0) return {};
  const secureContext = createSecureContext();
  for (const pem of rootCertificates) secureContext.context.addCACert(pem);
  return { secureContext };
}
