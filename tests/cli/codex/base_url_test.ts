import { assertEquals } from "@std/assert";
import { baseUrlOf, faultOf } from "../../../lib/cli/codex/base_url.ts";

const IPV4 = { hostname: "127.0.0.1", port: 18080 };
const IPV6 = { hostname: "::1", port: 18080 };
const PORT_80 = { hostname: "127.0.0.1", port: 80 };

type Listen = typeof IPV4;

/** `works`: whether turns may work all the same. */
const URLS: ReadonlyArray<
  readonly [
    given: string,
    listen: Listen,
    why: string | undefined,
    works?: boolean,
  ]
> = [
  ["http://127.0.0.1:18080/v1", IPV4, undefined],
  ["http://127.0.0.1:18080/v1/", IPV4, undefined],
  ["http://127.0.0.1:18080/v1//", IPV4, undefined],
  ["http://[::1]:18080/v1", IPV6, undefined],
  ["http://127.0.0.1/v1", PORT_80, undefined],
  ["127.0.0.1:18080/v1", IPV4, "is not a URL", false],
  ["", IPV4, "is not a URL", false],
  [
    "https://chatgpt.com/backend-api/codex",
    IPV4,
    "is OpenAI's own, not this gateway",
    true,
  ],
  [
    "https://api.openai.com/v1",
    IPV4,
    "is OpenAI's own, not this gateway",
    true,
  ],
  [
    "http://127.example.com:18080/v1",
    IPV4,
    "is another host, not this gateway",
    true,
  ],
  [
    "https://api.openai.com.example/v1",
    IPV4,
    "is another host, not this gateway",
    true,
  ],
  [
    "http://127.0.0.1:18081/v1",
    IPV4,
    "leads to another port than the gateway's, 127.0.0.1:18080",
    false,
  ],
  [
    "http://127.0.0.1/v1",
    IPV4,
    "leads to another port than the gateway's, 127.0.0.1:18080",
    false,
  ],
  [
    "http://127.0.0.1:18080/v1",
    { ...IPV6, port: 18081 },
    "leads to another port than the gateway's, [::1]:18081",
    false,
  ],
  [
    "https://127.0.0.1:18080/v1",
    IPV4,
    "is not http, which is all the gateway speaks",
    false,
  ],
  ...["", "/", "/v2", "/v1/responses", "/V1"].map((path) =>
    [
      `http://127.0.0.1:18080${path}`,
      IPV4,
      "has another path than /v1, and the gateway answers 404 there",
      false,
    ] as const
  ),
  [
    "http://localhost:18080/v1",
    IPV4,
    "may lead to the other address of this machine than 127.0.0.1",
    true,
  ],
  [
    "http://localhost:18080/v1",
    IPV6,
    "may lead to the other address of this machine than [::1]",
    true,
  ],
  ["http://127.0.0.2:18080/v1", IPV4, "is another address than 127.0.0.1"],
  ["http://[::1]:18080/v1", IPV4, "is another address than 127.0.0.1"],
  ["http://127.0.0.1:18080/v1", IPV6, "is another address than [::1]"],
];

for (const [given, listen, why, works = false] of URLS) {
  const own = baseUrlOf(listen);
  Deno.test(`"${given}" before ${own}: ${why ?? "leads there"}`, () => {
    assertEquals(
      faultOf(given, listen),
      why === undefined ? undefined : { why, works },
    );
  });
}

Deno.test("the base URL that doctor tells is one that it finds no fault with", () => {
  for (const listen of [IPV4, IPV6, PORT_80]) {
    assertEquals(faultOf(baseUrlOf(listen), listen), undefined);
  }
});
