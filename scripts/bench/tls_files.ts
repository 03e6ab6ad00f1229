/** The certificate of the upstream, which is that of the tests. */

const FILES = new URL("../../tests/fixtures/tls/", import.meta.url);

export const SERVER_CERTIFICATE = new URL("server.pem", FILES).pathname;
export const SERVER_KEY = new URL("server.key", FILES).pathname;

/** The root that a proxy must trust. */
export const ROOT_CERTIFICATE = new URL("root.pem", FILES).pathname;
