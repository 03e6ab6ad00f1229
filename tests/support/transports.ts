/** Turns over server-sent events and over a websocket, looked at alike. */
import { assertEquals } from "@std/assert";
import { Caller, type Event, eventOf, said } from "./caller.ts";
import type { TestGateway } from "./gateway.ts";

export type Transport = "events" | "websocket";

export const TRANSPORTS: readonly Transport[] = ["events", "websocket"];

/** Asks for turns, one after the other; a websocket stays the same one. */
export class Turns implements Disposable {
  readonly #test: TestGateway;
  readonly #transport: Transport;
  #caller: Caller | undefined;

  constructor(test: TestGateway, transport: Transport) {
    this.#test = test;
    this.#transport = transport;
  }

  /** The events of a turn; a refusal is one of them, as in a websocket. */
  async next(): Promise<readonly Event[]> {
    if (this.#transport === "websocket") {
      this.#caller ??= await Caller.open(this.#test);
      return await this.#caller.turn();
    }
    const response = await this.#test.turn();
    const text = await response.text();
    if (response.status !== 200) {
      return [{ type: "error", status: response.status, ...JSON.parse(text) }];
    }
    return text.split("\n\n").filter((one) => one !== "").map((one) =>
      eventOf(one.split("\ndata: ")[1] ?? "")
    );
  }

  [Symbol.dispose](): void {
    this.#caller?.cut();
  }
}

/**
 * The accounts that turns were sent to, in order: of each websocket, and of
 * each request.
 */
export function asked({ simulator }: TestGateway): readonly string[] {
  const requests = simulator.requests.filter(({ method, target }) =>
    method === "POST" && target.endsWith("/responses")
  );
  return [...simulator.connections, ...requests].map(({ account }) =>
    account ?? "?"
  );
}

/** One answer from its beginning to its end, and nothing of another. */
export function assertWhole(events: readonly Event[]): void {
  const types = events.map(({ type }) => type);
  const count = (type: string) => types.filter((one) => one === type).length;
  assertEquals(said(events), "hello", JSON.stringify(events));
  assertEquals(count("response.created"), 1);
  assertEquals(count("response.completed"), 1);
  assertEquals(types[0], "response.created");
  assertEquals(types.at(-1), "response.completed");
  const failures = types.filter((type) =>
    type === "error" || type.includes("failed")
  );
  assertEquals(failures, []);
  const numbers = events.map((event) => event["sequence_number"])
    .filter((number) => typeof number === "number");
  assertEquals(numbers, numbers.map((_, index) => index));
}
