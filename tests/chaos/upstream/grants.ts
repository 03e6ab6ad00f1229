/** The token endpoint, and what it does wrong. */
import { parseObject, stringField } from "../../../lib/protocol/json.ts";
import { type Random, seeded } from "../../support/random.ts";
import type { Clock } from "../clock.ts";
import { seedOf } from "../seeds.ts";
import type { Request } from "./http1.ts";
import type { Login, Logins } from "./logins.ts";
import type { Output } from "./stage.ts";

export interface GrantsOptions {
  readonly logins: Logins;
  readonly clock: Clock;
  readonly seed: number;
  readonly isFast: boolean;
  /** An account that is never wronged. */
  readonly calm: string;
  readonly count: (fault: string) => void;
  readonly violation: (text: string) => void;
}

const JSON_LINES = [["content-type", "application/json"]] as const;
const PAGE_LINES = [["content-type", "text/html"]] as const;
const PAGE = "<!DOCTYPE html><title>Just a moment</title>";

/** One grant that was asked for, by its one good token. */
interface Asked {
  readonly login: Login;
  readonly token: string;
  readonly out: Output;
  readonly random: Random;
}

export class Grants {
  readonly #options: GrantsOptions;
  #asked = 0;

  constructor(options: GrantsOptions) {
    this.#options = options;
  }

  async answer({ body }: Request, out: Output): Promise<void> {
    const { logins, seed, calm, violation, count } = this.#options;
    const object = parseObject(new TextDecoder().decode(body)) ?? {};
    const token = stringField(object, "refresh_token") ?? "";
    const login = logins.owner(token);
    if (!login) return await this.#json(out, 400, { error: "invalid_grant" });
    if (login.inFlight > 0 && login.refreshToken === token) {
      violation(`a refresh token of ${login.name} was sent twice at once`);
    }
    const random = seeded(seedOf(seed, "grant", this.#asked++));
    login.inFlight++;
    const left = () => login.inFlight--;
    out.gone.addEventListener("abort", left, { once: true });
    try {
      const isCalm = login.name === calm;
      const [name, play] = isCalm || random.int(5) < 3
        ? HONEST
        : random.pick(this.#options.isFast ? [...FAULTS, ...LATE] : FAULTS);
      count(`grant: ${name}`);
      await play(this, { login, token, out, random });
    } finally {
      out.gone.removeEventListener("abort", left);
      if (!out.gone.aborted) left();
    }
  }

  /** What an honest server gives; undefined if it was refused. */
  async grant(
    { login, token, out }: Asked,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    const granted = this.#options.logins.use(login, token);
    if (granted) {
      return {
        access_token: granted.accessToken,
        refresh_token: granted.refreshToken,
        id_token: granted.accessToken,
      };
    }
    const error = { code: "refresh_token_reused", message: "used before" };
    await this.#json(out, 401, { error });
    return undefined;
  }

  async give(
    asked: Asked,
    change: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    const tokens = await this.grant(asked);
    if (tokens) await this.#json(asked.out, 200, { ...tokens, ...change });
  }

  async die(asked: Asked, status: number, error: unknown): Promise<void> {
    asked.login.isDead = true;
    await this.#json(asked.out, status, { error });
  }

  wait(ms: number, { gone }: Output): Promise<void> {
    return this.#options.clock.wait(ms, gone);
  }

  /** The access token that it has, for an answer that rotates nothing. */
  accessToken(login: Login): string {
    return this.#options.logins.issue(login);
  }

  async #json(out: Output, status: number, value: unknown): Promise<void> {
    await out.answer(status, JSON_LINES, encode(JSON.stringify(value)));
  }
}

type Play = (grants: Grants, asked: Asked) => Promise<void>;
type Named = readonly [name: string, play: Play];

const HONEST: Named = ["honest", (grants, asked) => grants.give(asked)];

const LATE: readonly Named[] = [
  ["no answer", async (grants, { out }) => {
    await grants.wait(120_000, out);
    await out.hangUp();
  }],
  ["a late answer", async (grants, asked) => {
    await grants.wait(asked.random.int(10_000), asked.out);
    await grants.give(asked);
  }],
];

function status(code: number, lines: readonly [string, string][] = []): Named {
  return [
    String(code),
    (_, { out }) =>
      out.answer(code, [...JSON_LINES, ...lines], encode('{"error":"x"}')),
  ];
}

function page(code: number): Named {
  return [
    `${code} page`,
    (_, { out }) => out.answer(code, PAGE_LINES, encode(PAGE)),
  ];
}

const FAULTS: readonly Named[] = [
  status(500),
  status(503, [["retry-after", "1"]]),
  status(429),
  page(200),
  page(403),
  page(502),
  [
    "302",
    (_, { out }) =>
      out.answer(302, [["location", "/elsewhere"]], new Uint8Array()),
  ],
  ["204", (_, { out }) => out.answer(204, [], new Uint8Array())],
  ["cut before it was read", (_, { out }) => out.reset()],
  ["a lost answer", async (grants, asked) => {
    if (!asked.random.oneIn(3)) return await grants.give(asked);
    await grants.grant(asked);
    await asked.out.hangUp();
  }],
  ["half an answer", async (grants, asked) => {
    if (!asked.random.oneIn(3)) return await grants.give(asked);
    const tokens = await grants.grant(asked);
    if (!tokens) return;
    const { out, random } = asked;
    const body = encode(JSON.stringify(tokens));
    await out.head(200, [...JSON_LINES, ["content-length", `${body.length}`]]);
    await out.write(body.subarray(0, random.int(body.length)));
    await out.hangUp();
  }],
  ["an access token alone", async (grants, { login, out }) => {
    const access_token = grants.accessToken(login);
    const body = encode(JSON.stringify({ access_token }));
    await out.answer(200, JSON_LINES, body);
  }],
  [
    "an access token that is none",
    (grants, asked) => grants.give(asked, { access_token: "eyJ.é\n.x" }),
  ],
  [
    "an access token nobody can read",
    (grants, asked) => grants.give(asked, { access_token: "not-a-token" }),
  ],
  [
    "dead: expired",
    (grants, asked) =>
      asked.random.oneIn(3)
        ? grants.die(asked, 401, { code: "refresh_token_expired" })
        : grants.give(asked),
  ],
  [
    "dead: invalid_grant",
    (grants, asked) =>
      asked.random.oneIn(3)
        ? grants.die(asked, 400, "invalid_grant")
        : grants.give(asked),
  ],
];

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
