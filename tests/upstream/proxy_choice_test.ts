/**
 * The choice of a proxy is right when it is `fetch`'s: every row is asked of
 * both, `fetch` in a process of its own, since proxies are the process's.
 */
import { assertEquals } from "@std/assert";
import { proxyFor } from "../../lib/upstream/socket/proxy_choice.ts";

type Env = Readonly<Record<string, string>>;

/** A label is at most 63 bytes: nobody is asked to resolve this one. */
const HOST = `${"a".repeat(64)}.test`;

const A = "http://127.0.0.1:1";
const B = "http://127.0.0.1:2";

const ROWS: readonly {
  readonly url: string;
  readonly env: Env;
  readonly proxy: string | undefined;
}[] = [
  { url: `http://${HOST}/`, env: {}, proxy: undefined },
  { url: `http://${HOST}/`, env: { HTTP_PROXY: A }, proxy: A },
  { url: `http://${HOST}/`, env: { HTTPS_PROXY: A }, proxy: undefined },
  { url: `https://${HOST}/`, env: { HTTPS_PROXY: A }, proxy: A },
  { url: `https://${HOST}/`, env: { HTTP_PROXY: A }, proxy: undefined },
  { url: `https://${HOST}/`, env: { ALL_PROXY: A, HTTPS_PROXY: B }, proxy: A },
  { url: `https://${HOST}/`, env: { all_proxy: A, HTTPS_PROXY: B }, proxy: A },
  { url: `http://${HOST}/`, env: { HTTP_PROXY: A, http_proxy: B }, proxy: A },
  { url: `http://${HOST}/`, env: { HTTP_PROXY: "", http_proxy: B }, proxy: B },
  { url: "http://127.0.0.1/", env: { ALL_PROXY: A }, proxy: A },
  { url: "http://localhost/", env: { ALL_PROXY: A }, proxy: A },
  ...exempt(HOST, HOST, true),
  ...exempt(HOST, `.${HOST}`, true),
  ...exempt(HOST, "test", true),
  ...exempt(HOST, "*", true),
  ...exempt(HOST, `x.test, ${HOST}`, true),
  ...exempt(`b.${HOST}`, HOST, true),
  ...exempt(`b.${HOST}`, `.${HOST}`, true),
  ...exempt(`b${HOST}`, HOST, false),
  ...exempt(HOST, `b.${HOST}`, false),
  ...exempt(HOST, HOST.toUpperCase(), false),
  ...exempt(HOST, "*.test", false),
  ...exempt(HOST, `${HOST}:80`, false),
  ...exempt(HOST, ",, ,", false),
  ...exempt(HOST, "", false),
  ...exempt("127.0.0.9", "127.0.0.9", true),
  ...exempt("127.0.0.9", "127.0.0.0/8", true),
  ...exempt("127.0.0.9", "128.0.0.0/8", false),
  ...exempt("127.0.0.9", "localhost", false),
  ...exempt("127.0.0.9", "*", false),
  ...exempt("127.0.0.9", "127.0.0.0/99", false),
  ...exempt("127.0.0.9", "127.0.0.0/x", false),
  ...exempt("127.0.0.9", "127.0.0.0/", false),
  ...exempt("[::1]", "::/64", true),
  ...exempt("[::1]", "127.0.0.1", false),
];

/** Over a proxy for everything. */
function exempt(host: string, NO_PROXY: string, isDirect: boolean) {
  return ["NO_PROXY", "no_proxy"].map((name) => ({
    url: `http://${host}/`,
    env: { ALL_PROXY: A, [name]: NO_PROXY },
    proxy: isDirect ? undefined : A,
  }));
}

for (const { url, env, proxy } of ROWS) {
  const values = Object.entries(env).map(([k, v]) => `${k}=${v}`).join(" ");
  const name = `proxyFor(${url}) with ${values || "nothing"} is ${proxy}`;
  Deno.test(name.replaceAll(/a{64}/gi, "HOST"), () => {
    const found = proxyFor(new URL(url), (name) => env[name]);
    assertEquals(found?.origin, proxy);
  });
}

Deno.test("proxyFor leaves out an IPv6 address, which fetch overlooks", () => {
  const env: Env = { ALL_PROXY: A, NO_PROXY: "::1" };
  const found = proxyFor(new URL("http://[::1]/"), (name) => env[name]);
  assertEquals(found, undefined);
});

Deno.test("proxyFor goes the way of fetch", async () => {
  const program = new URL("fetch_proxies.ts", import.meta.url).href;
  const { stdout } = await new Deno.Command("deno", {
    args: [
      "run",
      "--no-prompt",
      "--allow-env",
      "--allow-net",
      program,
      JSON.stringify(ROWS),
    ],
    stderr: "inherit",
  }).output();
  const asked: unknown = JSON.parse(new TextDecoder().decode(stdout));
  const expected = ROWS.map(({ proxy }) => [undefined, A, B].indexOf(proxy));
  assertEquals(asked, expected);
});
