/**
 * Whether the service that starts the gateway at login, if there is one, is
 * what this version would install.
 */
import { exists } from "@std/fs";
import { placesOf } from "../service/make_plan.ts";
import { managerOf } from "../service/manager.ts";
import { readState, type ServiceState } from "../service/state.ts";
import { type Finding, voiceOf } from "./finding.ts";
import type { Scene } from "./scene.ts";

const voice = voiceOf("service");

export async function checkService(
  { env }: Scene,
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
        await installLine(state),
      );
    case "current":
      return state.starts ? voice.good(`${path} is up to date`) : voice.warn(
        `${path} is up to date, but does not start at login`,
        await installLine(state),
      );
  }
}

/**
 * Repeats what the service was installed with, because `install` drops what it
 * is not given. Leaves out a program that no longer exists.
 */
async function installLine(
  { wish }: Extract<ServiceState, { readonly wish: unknown }>,
): Promise<string> {
  const { program, flags, environment, secrets } = wish;
  const hasProgram = program !== undefined && await exists(program);
  return [
    "codaze service install",
    ...hasProgram ? [`--program=${program}`] : [],
    ...flags,
    ...Object.keys({ ...environment, ...secrets })
      .map((name) => `--env ${name}`),
  ].join(" ");
}
