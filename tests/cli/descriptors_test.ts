import { assert, assertEquals } from "@std/assert";
import { countDescriptors } from "../../lib/cli/process/descriptors.ts";
import { isNodeLoaded, loadNode } from "../../lib/std/node.ts";

Deno.test({
  name: "countDescriptors() counts nothing before there was a request",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const counted = await countDescriptors(".");
    assertEquals(counted, { inUse: undefined, nearLimit: false });
    assertEquals(isNodeLoaded(), false);
  },
});

Deno.test({
  name: "countDescriptors() counts what lies above a number that is free again",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await loadNode();
    const open = () => Deno.openSync(".", { read: true });
    const files = Array.from({ length: 100 }, open);
    files.shift()?.close();
    const counted = await countDescriptors(".");
    for (const file of files) file.close();
    assert((counted?.inUse ?? 0) >= files.length, JSON.stringify(counted));
  },
});
