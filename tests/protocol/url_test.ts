import { assertEquals } from "@std/assert";
import {
  addressOf,
  bareHost,
  portOf,
  urlBelow,
} from "../../lib/protocol/url.ts";

const BELOW: ReadonlyArray<[base: string, expected: string]> = [
  ["http://a", "http://a/models?x"],
  ["http://a/", "http://a/models?x"],
  ["http://a/b/c", "http://a/b/c/models?x"],
  ["http://a/b/c/", "http://a/b/c/models?x"],
];

for (const [base, expected] of BELOW) {
  Deno.test(`urlBelow() keeps the whole of ${base}`, () => {
    assertEquals(urlBelow(new URL(base), "/models?x").href, expected);
  });
}

const PORTS: ReadonlyArray<[url: string, port: number]> = [
  ["http://a", 80],
  ["ws://a", 80],
  ["https://a", 443],
  ["wss://a", 443],
  ["socks5://a", 1080],
  ["http://a:8080", 8080],
  ["https://a:80", 80],
  ["socks5h://a:9050", 9050],
];

for (const [url, port] of PORTS) {
  Deno.test(`portOf() knows the port of ${url}`, () => {
    assertEquals(portOf(new URL(url)), port);
  });
}

Deno.test("addressOf() puts an IPv6 address in brackets, bareHost() takes them off", () => {
  assertEquals(addressOf({ hostname: "::1", port: 80 }), "[::1]:80");
  assertEquals(addressOf({ hostname: "127.0.0.1", port: 0 }), "127.0.0.1:0");
  assertEquals(bareHost(new URL("http://[::1]:80")), "::1");
  assertEquals(bareHost(new URL("http://localhost:80")), "localhost");
});
