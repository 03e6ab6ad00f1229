/** Kill points, named, made of the steps that a process goes through. */
import type { KillAt } from "../support/kill_child.ts";
import type { Point } from "./scene.ts";

export interface NamedPoint<P extends Point = Point> {
  readonly label: string;
  /** The step's name. */
  readonly name: string;
  readonly point: P;
}

/** Before each step, and in the middle of each write. */
export function pointsOf(
  steps: readonly string[],
): readonly NamedPoint<KillAt>[] {
  return steps.flatMap((name, step) => {
    const at = (part: "before" | "half"): NamedPoint<KillAt> => ({
      label: `${part} ${name}`,
      name,
      point: { step, name, part },
    });
    return name.startsWith("write ")
      ? [at("before"), at("half")]
      : [at("before")];
  });
}

/** The same for a refresh, with those that only its server and caller see. */
export function refreshPointsOf(
  steps: readonly string[],
): readonly NamedPoint[] {
  const received: NamedPoint = {
    label: "when the server has received the grant's request",
    name: "send grant",
    point: "received",
  };
  const answered: NamedPoint = {
    label: "when the turn was answered",
    name: "take turn",
    point: "answered",
  };
  const inside = pointsOf(steps).flatMap((point) =>
    point.name === "send grant" ? [point, received] : [point]
  );
  return [...inside, answered];
}
