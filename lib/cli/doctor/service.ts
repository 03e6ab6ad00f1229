/**
 * Whether the service that starts the gateway at login, if there is one, is
 * what this version would install.
 */
import { installCommand } from "../service/install_command.ts";
import { placesOf } from "../service/make_plan.ts";
import { managerOf } from "../service/manager.ts";
import { readState, type ServiceState } from "../service/state.ts";
import { type Finding, voiceOf } from "./finding.ts";
import type { CheckContext } from "./context.ts";

const voice = voiceOf("service");

export async function checkService(
  { env }: CheckContext,
): Promise<readonly Finding[]> {
  const manager = managerOf(Deno.build.os);
  if (manager === undefined) return [];
  const places = placesOf(env);
  // Without a home folder there is no service.
  if (!places.ok) return [];
  const state = await readState(manager, places.value);
  if (!state.ok) {
    return [voice.warn(state.error, "let this user read that file")];
  }
  return [await judge(state.value)];
}

async function judge(state: ServiceState): Promise<Finding> {
  const { kind, path } = state;
  switch (kind) {
    case "absent":
      return voice.good("none installed");
    case "foreign":
      return voice.good(`${path} is not from codaze`);
    case "edited":
      return voice.good(`${path} was edited by hand and is left alone`);
    case "stale":
      return voice.warn(
        `${path} is stale: ${state.why}`,
        await installCommand(state.wish),
      );
    case "current":
      return state.starts ? voice.good(`${path} is up to date`) : voice.warn(
        `${path} is up to date, but does not start at login`,
        await installCommand(state.wish),
      );
  }
}
