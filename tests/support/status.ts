/** The running state of a gateway, as its admin port tells it. */
import { assertEquals } from "@std/assert";
import type { StatusView } from "../../lib/server/admin/status.ts";
import { neverAnswers } from "../../lib/simulator/faults/faults.ts";
import { assertNoToken } from "./canary.ts";
import type { TestGateway } from "./gateway.ts";
import { valuesOf } from "./prometheus.ts";

export async function statusOf(test: TestGateway): Promise<StatusView> {
  const text = await (await test.admin("/admin/status")).text();
  assertNoToken(text, "/admin/status");
  return JSON.parse(text);
}

/** Every value of `/admin/metrics`, by its series. */
export async function metricsOf(
  test: TestGateway,
): Promise<Readonly<Record<string, number>>> {
  const text = await (await test.admin("/admin/metrics")).text();
  assertNoToken(text, "/admin/metrics");
  return valuesOf(text);
}

/** The state once it is so; what it is by then, where it never is. */
export async function statusWhen(
  test: TestGateway,
  isSo: (status: StatusView) => boolean,
): Promise<StatusView> {
  for (let left = 500; left > 0; left--) {
    const status = await statusOf(test);
    if (isSo(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return await statusOf(test);
}

/** The state once a caller has left a turn that `a` never answers. */
export async function leaveUnanswered(test: TestGateway): Promise<StatusView> {
  test.account("a").fault(neverAnswers());
  const controller = new AbortController();
  const answer = test.turn({}, { signal: controller.signal }).catch(() => "");
  await statusWhen(test, ({ turns }) => turns.open === 1);
  controller.abort();
  assertEquals(await answer, "");
  return await statusWhen(test, ({ turns }) => turns.open === 0);
}
