import { assertEquals } from "@std/assert";
import { nameUuid, timedUuid } from "../../lib/protocol/uuid.ts";

Deno.test("nameUuid() is stable, by version 5", () => {
  const id = "f6798cd7-ecb0-5266-b352-c601fd5c31ea";
  assertEquals(nameUuid("acct_123"), id);
});

Deno.test("timedUuid() begins with its time, by version 7", () => {
  // The example of RFC 9562, appendix A.6.
  const random = Uint8Array.fromHex("0000000000000cc398c4dc0c0c07398f");
  assertEquals(
    timedUuid(0x017f22e279b0, random),
    "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
  );
  assertEquals(random[0], 0, "what it was given stays as it was");
});
