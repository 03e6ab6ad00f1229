import { assertEquals } from "@std/assert";
import { negotiated } from "../../lib/simulator/http/encoding.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { encodedAs } from "../../lib/simulator/faults/faults.ts";
import { authorization } from "./support.ts";

const ASKED = [
  [undefined, undefined],
  ["identity", undefined],
  ["zstd,gzip", "gzip"],
  ["ZSTD", "zstd"],
  ["br, zstd;q=0.5", "zstd"],
  ["gzip;q=0, zstd", "zstd"],
  ["gzip; q=0.0", undefined],
  ["br", undefined],
] as const;

for (const [asked, expected] of ASKED) {
  Deno.test(`negotiated(${JSON.stringify(asked)}) of gzip and zstd is ${expected}`, () => {
    assertEquals(negotiated(asked, ["gzip", "zstd"]), expected);
  });
}

Deno.test("the simulator encodes for those who ask, and for nobody else unless told to", async () => {
  await using simulator = await startSimulator({ contentCodings: ["zstd"] });
  const account = simulator.addAccount({ name: "a" });
  const codingOf = async (asked: string) => {
    const response = await fetch(`${simulator.upstream}/models`, {
      headers: { ...authorization(account), "accept-encoding": asked },
    });
    await response.body?.cancel();
    return response.headers.get("content-encoding") ?? undefined;
  };
  assertEquals(await codingOf("zstd,gzip"), "zstd");
  assertEquals(await codingOf("gzip"), undefined);
  simulator.contentCodings = [];
  assertEquals(await codingOf("zstd,gzip"), undefined);
  account.faultAt("models", encodedAs("gzip"), 1);
  assertEquals(await codingOf("identity"), "gzip");
});
