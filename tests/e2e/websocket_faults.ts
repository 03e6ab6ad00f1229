/**
 * Everything that can go wrong on a websocket of the first of three accounts:
 * what the official client shows of it directly, and through the gateway.
 *
 * Through the gateway it shows nothing: another account serves, or the same
 * one over another connection. Nothing here measures time; that the client did
 * not have to try again by itself is seen by what it opened.
 */
import { assert, assertEquals } from "@std/assert";
import { atOnce } from "./support/at_once.ts";
import { reportOf } from "./support/fault_report.ts";
import { ANSWER, FAULT_CASES } from "./support/socket_fault_cases.ts";
import {
  seenDirectly,
  seenThroughPool,
} from "./support/socket_side_by_side.ts";

/** The client takes a core when it starts, and waits most of the time then. */
const AT_ONCE = { direct: 8, through: 3 };

/** Upstream's own word, which the gateway passes on: use requests instead. */
const FALLS_BACK = new Set(["handshake 426"]);

/**
 * Too big for a websocket. A client from 0.171 on sends it as a request at
 * once, and says so; one more send, whichever way, is all that it may cost.
 */
const MAY_FALL_BACK = new Set(["close 1009, once"]);

Deno.test("a fault of one account's websocket is nothing the client shows", async (t) => {
  const [direct, through] = await Promise.all([
    atOnce(AT_ONCE.direct, FAULT_CASES, seenDirectly),
    atOnce(AT_ONCE.through, FAULT_CASES, seenThroughPool),
  ]);
  const rows = FAULT_CASES.flatMap(({ name }, index) => {
    const [one, other] = [direct[index], through[index]];
    return one && other ? [{ name, direct: one, through: other }] : [];
  });
  assertEquals(rows.length, FAULT_CASES.length);

  for (const { name, direct, through } of rows) {
    await t.step(name, () => {
      assertEquals([direct.killed, through.killed], [false, false]);
      assertEquals([through.code, through.stdout], [0, `${ANSWER}\n`]);
      if (MAY_FALL_BACK.has(name)) {
        const directly = direct.handshakes + direct.posts;
        const sends = through.handshakes + through.posts;
        assert(sends <= directly, `${sends} sends, ${directly} directly`);
        assertNoMore(through.complaints, direct.complaints);
        return;
      }
      assertEquals(through.complaints, []);
      // The second is the start-over, or the client's silent first retry.
      assert(through.handshakes <= 2, `${through.handshakes} handshakes`);
      const directly = direct.code === 0 ? direct.handshakes : Infinity;
      assert(through.handshakes <= directly, `${directly} directly`);
      assertEquals(through.posts, FALLS_BACK.has(name) ? 1 : 0);
    });
  }
  // deno-lint-ignore no-console
  console.log(reportOf(rows));
});

/** Whoever sees these lines sees none that is not there directly. */
function assertNoMore(
  through: readonly string[],
  direct: readonly string[],
): void {
  assertEquals(through.filter((line) => !direct.includes(line)), []);
}
