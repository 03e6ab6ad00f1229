/** The runtime of `codaze`: the system's, with websockets and descriptors. */
import { type Log, type Runtime, systemRuntime } from "../../runtime.ts";
import { countDescriptors } from "./descriptors.ts";
import { createConnector } from "../../upstream/socket/socket.ts";

export function createRuntime(
  options: {
    readonly log: Log;
    readonly rootCertificates: readonly string[];
    readonly env: (name: string) => string | undefined;
  },
): Runtime {
  const system = systemRuntime(options);
  const { env, rootCertificates } = options;
  const connect = createConnector({
    env,
    rootCertificates,
    after: system.after,
  });
  return { ...system, connect, descriptors: countDescriptors };
}
