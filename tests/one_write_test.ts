/** When a body in pieces is sent again as it is. */
import { assertEquals, assertRejects } from "@std/assert";
import { inOneWrite } from "../lib/one_write.ts";

const UPSTREAM = new URL("https://upstream.test/");
const BODY = new Uint8Array(5000);

/** What `send` gets if it fails once with the message. */
async function sends(message: string): Promise<readonly BodyInit[]> {
  const bodies: BodyInit[] = [];
  await inOneWrite(BODY, UPSTREAM, (body) => {
    bodies.push(body);
    const cause = new Error(message);
    return bodies.length === 1
      ? Promise.reject(new TypeError("fetch failed", { cause }))
      : Promise.resolve();
  });
  return bodies;
}

for (
  const message of [
    "stream error received: refused stream before processing any logic",
    "connection error received: not a result of an error",
    "client error (SendRequest): connection closed before message completed",
  ]
) {
  Deno.test(`sent again as it is after "${message}"`, async () => {
    const [first, second, ...more] = await sends(message);
    assertEquals(first instanceof Blob, true);
    assertEquals(second, BODY);
    assertEquals(more, []);
  });
}

Deno.test("not sent again after what may have reached upstream", async () => {
  await assertRejects(() => sends("stream closed because of a broken pipe"));
});

Deno.test("a plain connection gets every body as it is", async () => {
  const bodies: BodyInit[] = [];
  await inOneWrite(BODY, new URL("http://127.0.0.1/"), (body) => {
    bodies.push(body);
    return Promise.resolve();
  });
  assertEquals(bodies, [BODY]);
});
