/**
 * A line with delay between this machine and itself, for what loopback hides:
 * whatever waits for a round trip. `delayed_line.py` is the line.
 */

import { onPath } from "../process.ts";

/** Programs are started at its ends by these words before their own. */
export interface Line {
  readonly near: readonly string[];
  readonly far: readonly string[];
  /** Files with the far end's certificate, which is its own root, and key. */
  readonly certificate: string;
  readonly key: string;
  close(): Promise<void>;
}

/**
 * The far end, for the near one: with TLS, a gateway takes no other name. No
 * packet can leave the machine, because the line is the only way.
 */
export const FAR_NAME = "chatgpt.com";
const FAR_ADDRESS = "192.0.2.2";

/** Why there can be no line here; undefined if there can. */
export function whyNoLine(): string | undefined {
  if (Deno.uid() !== 0) return "it needs root";
  const missing = ["ip", "python3", "openssl"].find((name) =>
    onPath(name) === undefined
  );
  if (missing !== undefined) return `${missing} is not installed`;
  try {
    Deno.openSync("/dev/net/tun", { read: true, write: true }).close();
  } catch {
    return "/dev/net/tun cannot be opened";
  }
  return undefined;
}

/** `folder` is a temporary one. */
export async function openLine(
  roundTripMs: number,
  folder: string,
): Promise<Line> {
  const [near, far] = ["near", "far"].map((end) => `${end}-${Deno.pid}`);
  const script = new URL("delayed_line.py", import.meta.url).pathname;
  const process = new Deno.Command("python3", {
    args: [script, `${roundTripMs}`, near ?? "", far ?? ""],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const { value } = await process.stdout.getReader().read();
  if (value === undefined) throw new Error("There is no line");
  const hosts = `${folder}/hosts`;
  await Deno.writeTextFile(hosts, `${FAR_ADDRESS} ${FAR_NAME}\n`);
  // `ip netns exec` has its own mounts, so nobody else sees these hosts.
  const certificate = `${folder}/line.pem`;
  const key = `${folder}/line.key`;
  await makeCertificate(certificate, key);
  const shell = 'mount --bind "$0" /etc/hosts && exec "$@"';
  return {
    near: ["ip", "netns", "exec", near ?? "", "sh", "-c", shell, hosts],
    far: ["ip", "netns", "exec", far ?? ""],
    certificate,
    key,
    close: async () => {
      await process.stdin.close();
      await process.status;
    },
  };
}

async function makeCertificate(file: string, key: string): Promise<void> {
  const { success } = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-nodes", "-days", "1", "-out", file, "-keyout", key],
      ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
      ...["-subj", "/CN=line", "-addext", `subjectAltName=DNS:${FAR_NAME}`],
      // It signs itself, but is nobody's authority.
      ...["-addext", "basicConstraints=critical,CA:FALSE"],
    ],
    stderr: "null",
  }).output();
  if (!success) throw new Error("openssl made no certificate");
}
