/** The request for a page of usage, and what becomes of its answers. */
import { assert, assertEquals } from "@std/assert";
import { neverAnswers } from "../../lib/simulator/faults/faults.ts";
import {
  accessTokenRejected,
  forbiddenPage,
  notFound,
} from "../../lib/simulator/faults/refusals.ts";
import { pageRequest } from "../../lib/upstream/quota/account_page.ts";
import { usageAddresses } from "../../lib/upstream/quota/usage_page.ts";
import { LooksStage } from "../support/looks.ts";
import { RawUpstream } from "../support/raw_upstream.ts";
import { credential } from "./support.ts";

const ADDRESSES: ReadonlyArray<[upstream: string, ...pages: string[]]> = [
  [
    "https://chatgpt.com/backend-api/codex",
    "https://chatgpt.com/backend-api/wham/usage",
    "https://chatgpt.com/backend-api/codex/usage",
  ],
  [
    "https://proxy.test/x/backend-api/codex/",
    "https://proxy.test/x/backend-api/wham/usage",
    "https://proxy.test/x/backend-api/codex/usage",
  ],
  ["http://127.0.0.1:8080/codex", "http://127.0.0.1:8080/api/codex/usage"],
  ["http://127.0.0.1:8080", "http://127.0.0.1:8080/api/codex/usage"],
];

for (const [upstream, ...pages] of ADDRESSES) {
  Deno.test(`the page of usage of ${upstream}`, () => {
    const found = usageAddresses(new URL(upstream));
    assertEquals(found.map(({ href }) => href), pages);
  });
}

/** As the simulator saw them, without what every HTTP/1.1 request has. */
function namesOf(headers: readonly (readonly [string, string])[]) {
  return headers.map(([name]) => name.toLowerCase()).filter((name) =>
    !["host", "connection", "accept-language"].includes(name)
  );
}

Deno.test("a page is asked for as the client asks for it", async () => {
  await using stage = await LooksStage.start();
  const read = await stage.looks.byHand(stage.held("a"));
  assertEquals(read.kind, "read");
  const [request] = stage.simulator.requests;
  assertEquals(request?.target, "/backend-api/wham/usage");
  assertEquals(namesOf(request?.headers ?? []), [
    "user-agent",
    "authorization",
    "chatgpt-account-id",
    "accept",
    "accept-encoding",
  ]);
  const values = new Map(request?.headers);
  assertEquals(values.get("accept"), "*/*");
  assertEquals(values.get("accept-encoding"), "zstd,gzip");
  assertEquals(values.get("chatgpt-account-id"), "acct-a");
  assertEquals(
    values.get("user-agent"),
    "codex_exec/0.171.0 (Linux Unknown; x86_64) unknown (codex_exec; 0.171.0)",
  );
});

Deno.test("a page may come encoded", async () => {
  await using stage = await LooksStage.start();
  stage.simulator.contentCodings = ["zstd"];
  const read = await stage.looks.byHand(stage.held("a"));
  assertEquals(read.kind, "read");
});

Deno.test("a login's cookies go with its next page, and with no other's", async () => {
  const page = '{"plan_type":"plus"}';
  await using upstream = new RawUpstream((exchange) =>
    exchange.raw(
      "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" +
        "set-cookie: __cf_bm=1; Path=/\r\nset-cookie: other=2\r\n" +
        `content-length: ${page.length}\r\n\r\n${page}`,
    )
  );
  await using stage = await LooksStage.start({
    accounts: ["a", "b"],
    upstream: upstream.url,
  });
  for (const name of ["a", "a", "b"]) {
    await stage.looks.byHand(stage.held(name));
  }
  assertEquals(
    upstream.heads.map((head) => /^cookie: (.*)$/im.exec(head)?.[1]?.trim()),
    [undefined, "__cf_bm=1", undefined],
  );
});

Deno.test("every line that a page can have is in the client's order", () => {
  const { headers } = pageRequest({ url: new URL("http://localhost/") }, {
    credential: credential({ fedramp: true }),
    identity: [
      ["version", "0.171.0"],
      ["originator", "codex_exec"],
      ["user-agent", "codex_exec/0.171.0"],
      ["accept-encoding", "zstd,gzip"],
    ],
    cookie: "__cf_bm=1",
    secrets: [],
  });
  assertEquals(headers.map(([name]) => name), [
    "user-agent",
    "authorization",
    "chatgpt-account-id",
    "x-openai-fedramp",
    "accept",
    "accept-encoding",
    "cookie",
  ]);
});

Deno.test("a token that upstream rejects is refreshed once", async () => {
  await using stage = await LooksStage.start();
  stage.account("a").faultAt("usage", accessTokenRejected());
  const read = await stage.looks.byHand(stage.held("a"));
  assertEquals(read.kind, "read");
  assertEquals(stage.pages.length, 2);
  assertEquals(stage.account("a").refreshCount, 1);
});

Deno.test("a token that is always rejected is no page, and no blame", async () => {
  await using stage = await LooksStage.start();
  stage.account("a").faultAt("usage", accessTokenRejected(), Infinity);
  const read = await stage.looks.byHand(stage.held("a"));
  assertEquals(read.kind, "unreadable");
  assertEquals(stage.account("a").refreshCount, 1);
  assertEquals(stage.pages.length, 2);
  const [view] = stage.pool.registry.views();
  assertEquals(view?.readiness, "ready");
});

Deno.test("a refresh that fails is told, and nothing is asked", async () => {
  await using stage = await LooksStage.start();
  stage.account("a").expireAccessTokens();
  stage.pool.clock.now += 365 * 24 * 3_600_000;
  stage.account("a").faultAt("token", forbiddenPage());
  const read = await stage.looks.byHand(stage.held("a"));
  assertEquals(read.kind, "not_refreshed");
  assertEquals(stage.pages.length, 0);
});

for (
  const [what, fault] of [["403", forbiddenPage()], [
    "404",
    notFound(),
  ]] as const
) {
  Deno.test(`${what} at the usual address sends to the other one`, async () => {
    await using stage = await LooksStage.start();
    stage.account("a").faultAt("usage", fault);
    const read = await stage.looks.byHand(stage.held("a"));
    assertEquals(read.kind, "read");
    assertEquals(stage.pages.map(({ target }) => target), [
      "/backend-api/wham/usage",
      "/backend-api/codex/usage",
    ]);
    // And back, should that one be refused some day.
    stage.account("a").faultAt("other_usage", fault);
    await stage.looks.byHand(stage.held("a"));
    await stage.looks.byHand(stage.held("a"));
    assertEquals(stage.pages.slice(2).map(({ target }) => target), [
      "/backend-api/codex/usage",
      "/backend-api/wham/usage",
      "/backend-api/wham/usage",
    ]);
  });
}

Deno.test("without /backend-api there is one address", async () => {
  await using stage = await LooksStage.start({ upstreamPath: "/codex" });
  const read = await stage.looks.byHand(stage.held("a"));
  assertEquals(read.kind, "read");
  assertEquals(stage.pages.map(({ target }) => target), ["/api/codex/usage"]);
});

Deno.test("a page that does not come within five seconds is none", async () => {
  await using stage = await LooksStage.start();
  stage.account("a").faultAt("usage", neverAnswers());
  const read = stage.looks.byHand(stage.held("a"));
  await stage.simulator.waitFor((all) => all.length === 1);
  stage.pool.clock.pass(4999);
  assertEquals(stage.reads.outcomes.total, 0);
  stage.pool.clock.pass(1);
  assertEquals((await read).kind, "unreachable");
  assert(stage.network.waitMs > 0);
});

Deno.test("whoever asks for the same account meanwhile gets the same page", async () => {
  await using stage = await LooksStage.start({ accounts: ["a", "b"] });
  const [a, b] = [stage.held("a"), stage.held("b")];
  const reads = [a, b, a, b, a].map((one) => stage.looks.byHand(one));
  assertEquals((await Promise.all(reads)).map(({ kind }) => kind), [
    ...["read", "read", "read", "read", "read"],
  ]);
  assertEquals(stage.times, ["a 0", "b 0"]);
  assertEquals(stage.mostAtOnce, 1);
});

/** Bodies that are no page of this account. */
const BODIES: Readonly<Record<string, string>> = {
  "another account's": '{"account_id":"acct-other","plan_type":"plus"}',
  "no JSON": '{"account_id":"acct-a","plan_type":"pl',
  "without a plan": '{"account_id":"acct-a"}',
  "too long": `{"plan_type":"plus","x":"${"x".repeat(256 * 1024)}"}`,
};

for (const [what, body] of Object.entries(BODIES)) {
  Deno.test(`a page that is ${what} is unreadable`, async () => {
    await using upstream = new RawUpstream((exchange) =>
      exchange.raw(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" +
          `content-length: ${body.length}\r\n\r\n${body}`,
      )
    );
    await using stage = await LooksStage.start({ upstream: upstream.url });
    const read = await stage.looks.byHand(stage.held("a"));
    assertEquals(read.kind, "unreadable");
    assertEquals(stage.held("a").quota, undefined);
  });
}

Deno.test("a page that breaks off is unreadable", async () => {
  await using upstream = new RawUpstream((exchange) =>
    exchange.raw(
      "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" +
        'content-length: 1000\r\nconnection: close\r\n\r\n{"plan_type":"plus"',
    )
  );
  await using stage = await LooksStage.start({ upstream: upstream.url });
  const read = await stage.looks.byHand(stage.held("a"));
  assertEquals(read.kind, "unreadable");
});

Deno.test("a page is not taken for another person who has signed in meanwhile", async () => {
  await using stage = await LooksStage.start();
  const held = stage.held("a");
  const read = stage.looks.byHand(held);
  held.signedIn({
    ...held.file,
    refreshToken: "rt_other",
    accessToken: undefined,
  });
  await read;
  assertEquals(held.quota, undefined);
});
