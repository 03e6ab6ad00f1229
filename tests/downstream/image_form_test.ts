import { assertEquals } from "@std/assert";
import { BodyBudget } from "../../lib/downstream/body_budget.ts";
import { isForm, readImageForm } from "../../lib/downstream/image_form.ts";
import { after } from "../support/system.ts";

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 255]);
const JPEG = new Uint8Array([0xff, 0xd8, 0xff, 1]);

async function read(
  body: FormData | string,
  { type, room = 1_000_000 }: {
    readonly type?: string;
    readonly room?: number;
  } = {},
) {
  const request = new Request("http://localhost/", {
    method: "POST",
    body,
    ...type === undefined ? {} : { headers: { "content-type": type } },
  });
  using held = new BodyBudget(room).open();
  const options = { limit: 1_000_000, held, idleMs: 1000, after };
  const form = await readImageForm(request, options);
  return form.ok
    ? JSON.parse(new TextDecoder().decode(form.value.bytes))
    : [form.error.status, form.error.code, form.error.param];
}

Deno.test("a form becomes the backend's JSON", async () => {
  const form = new FormData();
  form.append("image[]", new File([PNG], "a.png", { type: "image/png" }));
  form.append("image[]", new File([JPEG], "b"));
  form.append(
    "mask",
    new File([PNG], "m", { type: "application/octet-stream" }),
  );
  form.append("prompt", "5");
  form.append("model", "gpt-image-2");
  form.append("n", "2");
  form.append("output_compression", "80");
  form.append("stream", "false");
  form.append("size", "1024x1024");
  assertEquals(await read(form), {
    images: [
      { image_url: `data:image/png;base64,${PNG.toBase64()}` },
      { image_url: `data:image/jpeg;base64,${JPEG.toBase64()}` },
    ],
    mask: { image_url: `data:image/png;base64,${PNG.toBase64()}` },
    prompt: "5",
    model: "gpt-image-2",
    n: 2,
    output_compression: 80,
    stream: false,
    size: "1024x1024",
  });
});

Deno.test("one picture may be called image, and may be a URL", async () => {
  const form = new FormData();
  form.append("image", "https://example.com/a.png");
  form.append("n", "many");
  assertEquals(await read(form), {
    images: [{ image_url: "https://example.com/a.png" }],
    n: "many",
  });
});

Deno.test("a form that cannot be is refused", async () => {
  const empty = new FormData();
  empty.append("prompt", "x");
  assertEquals(await read(empty), [400, "missing_required_parameter", "image"]);
  const type = "multipart/form-data; boundary=x";
  for (const body of ["", "{}", "--y--"]) {
    assertEquals(await read(body, { type }), [400, "invalid_form", undefined]);
  }
  assertEquals(await read("--x--", { type: "multipart/form-data" }), [
    400,
    "invalid_form",
    undefined,
  ]);
  const large = new FormData();
  large.append("image", new File([new Uint8Array(1000)], "a"));
  assertEquals(await read(large, { room: 1500 }), [
    503,
    "gateway_busy",
    undefined,
  ]);
});

Deno.test("a form that breaks off anywhere is refused, with all its parts", async () => {
  const part = (name: string, text: string) =>
    `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;
  const whole = `${part("image", "url")}${part("mask", "url")}--x--`;
  for (const type of ["", "; charset=utf-8"]) {
    const types = [`boundary=x${type}`, `Boundary="x"${type}`]
      .map((boundary) => `multipart/form-data; ${boundary}`);
    for (const type of types) {
      for (const end of ["", "\r\n", "\r\nepilogue"]) {
        assertEquals(await read(whole + end, { type }), {
          images: [{ image_url: "url" }],
          mask: { image_url: "url" },
        });
      }
    }
  }
  const type = "multipart/form-data; boundary=x";
  for (const [at] of [...whole].entries()) {
    assertEquals(
      await read(whole.slice(0, at), { type }),
      [400, "invalid_form", undefined],
      `cut at ${at}`,
    );
  }
});

for (
  const [type, expected] of [
    ["multipart/form-data; boundary=x", true],
    ["Multipart/Form-Data", true],
    ["multipart/form-data-x", false],
    ["application/json", false],
    ["", false],
  ] as const
) {
  Deno.test(`"${type}" is ${expected ? "a" : "no"} form`, () => {
    assertEquals(isForm(new Headers({ "content-type": type })), expected);
  });
}
