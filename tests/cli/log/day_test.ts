/** A day's log, as a person reads it: whole, from the start to the stop. */
import { assertEquals } from "@std/assert";
import { masked, playDay } from "../../support/day.ts";

Deno.test("a day's log is understood at a glance", async () => {
  const lines = await playDay();
  const path = Deno.env.get("CODAZE_DAY_LOG");
  if (path) await Deno.writeTextFile(path, `${lines.join("\n")}\n`);
  const [day, ...rest] = lines;
  assertEquals(/^\w{3} \d+ \w{3} \d{4}, UTC/.test(day ?? ""), true, day);
  assertEquals(
    // How many callers are told depends on how fast the machine is.
    rest.map(masked).filter((line, at, all) =>
      line !== all[at - 1] && !line.includes("more callers refused")
    ),
    [
      "n:n:n Codaze n, policy fill_first",
      "n:n:n public port  http://n:n/vn",
      "n:n:n admin port  http://n:n/",
      "n:n:n n accounts in FOLDER: ada, grace",
      "n:n:n ada  gpt-n-sol  n in (n% cached), n out  first n s, done n s",
      "n:n:n ada: token refreshed in n s, as upstream rejected the old one",
      "n:n:n ada  gpt-n-sol  n in (n% cached), n out  first n s, done n s",
      "n:n:n ada → grace: ada is spent until n:n",
      "n:n:n grace  gpt-n-sol  n in (n% cached), n out  first n s, done n s",
      "n:n:n warn  no account  gpt-n-sol  all are spent until n:n",
      "n:n:n all accounts were woken (n)",
      "n:n:n refused GET /chat/completions (n): no such path. The base URL ends in /vn.",
      "n:n:n refused POST /vn/responses (n): --allowed-origin ORIGIN would let it in",
      "n:n:n ada → grace: the connection to upstream broke",
      "n:n:n warn  grace  gpt-n-sol  failed after n s: REASON",
      "n:n:n warn  upstream unreachable since n:n: REASON",
      "n:n:n upstream is back after n s, n turns waited",
      "n:n:n ada  gpt-n-sol  n in (n% cached), n out  first n s, done n s",
      "n:n:n grace is now paused",
      "n:n:n grace is now in use, of priority n",
      "n:n:n ada is now called work",
      "n:n:n the policy is now quota",
      "n:n:n grace  gpt-n-sol  n in (n% cached), n out  first n s, done n s",
      "n:n:n stopping (SIGINT)",
      "n:n:n stopped",
    ],
  );
  assertEquals(lines.filter((line) => line.length > 100), []);
});
