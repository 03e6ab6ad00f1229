/** The websocket side of the backend: a handshake, then turn after turn. */
import { concat } from "@std/bytes";
import { acceptOf } from "../../../lib/simulator/frames/accept.ts";
import {
  DEFLATE_ANSWER,
  offersDeflate,
} from "../../../lib/simulator/frames/deflate.ts";
import { FrameReader } from "../../../lib/simulator/frames/frame_reader.ts";
import {
  closePayload,
  encodeFrame,
  frameOf,
  OPCODE,
} from "../../../lib/simulator/frames/frames.ts";
import { messageFrames } from "../../../lib/simulator/frames/message_frames.ts";
import { MessageReader } from "../../../lib/simulator/frames/message_reader.ts";
import { seeded } from "../../support/random.ts";
import {
  chooseHandshake,
  chooseSocket,
  HONEST_HANDSHAKE,
  HONEST_SOCKET,
} from "../faults/choose.ts";
import { seedOf } from "../seeds.ts";
import {
  type Backend,
  type BackendOptions,
  bearerOf,
  checkPrompt,
  turnStateIn,
} from "./backend.ts";
import { headText, type Request } from "./http1.ts";
import type { HandshakeStage, SocketStage } from "./socket_stage.ts";
import type { HeaderLines } from "./stage.ts";
import type { Wire } from "./wire.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const MAX_BYTES = 64 * 1_048_576;
const encoder = new TextEncoder();

export class Websockets {
  readonly #backend: Backend;
  readonly #options: BackendOptions;
  /** Handshakes of each session so far. */
  readonly #handshakes = new Map<string, number>();

  constructor(backend: Backend, options: BackendOptions) {
    this.#backend = backend;
    this.#options = options;
  }

  async serve(
    request: Request,
    wire: Wire,
    rest: () => Bytes,
  ): Promise<void> {
    const { logins, calm, count, shaken, isFast, clock } = this.#options;
    const login = logins.bearer(bearerOf(request.headers));
    if (!login) {
      await wire.write(refusal(401, [], ""));
      return wire.close();
    }
    const { name: owner } = login;
    const random = this.#randomOf(request);
    const fault = owner === calm
      ? HONEST_HANDSHAKE
      : chooseHandshake({ random, isFast });
    count(`handshake: ${fault.name}`);
    const { name, blame } = fault;
    const session = request.headers.get("session-id") ?? "";
    shaken(session, { account: owner, fault: name, blame });
    let compresses: boolean | undefined;
    const stage: HandshakeStage = {
      random,
      clock,
      owner,
      gone: wire.closed,
      accept: async (lines = [], key) => {
        compresses = random.oneIn(2) &&
          offersDeflate(request.headers.get("sec-websocket-extensions") ?? "");
        const extension: HeaderLines = compresses
          ? [["sec-websocket-extensions", DEFLATE_ANSWER]]
          : [];
        const head = accepted(request, [...lines, ...extension], key);
        await wire.write(encoder.encode(head));
      },
      refuse: async (status, lines, body) => {
        await wire.write(refusal(status, lines, body));
        wire.close();
      },
      raw: (bytes) => wire.write(bytesOf(bytes)),
      hangUp: wire.close,
    };
    await fault.play(stage);
    if (compresses === undefined) return wire.close();
    await this.#turns({ request, wire, first: rest(), owner, compresses });
  }

  /** By session and number, so that a run can be repeated. */
  #randomOf({ headers }: Request) {
    const session = headers.get("session-id") ?? "";
    const n = this.#handshakes.get(session) ?? 0;
    this.#handshakes.set(session, n + 1);
    return seeded(seedOf(session, "handshake", n));
  }

  async #turns(
    { request, wire, first, owner, compresses }: {
      readonly request: Request;
      readonly wire: Wire;
      readonly first: Bytes;
      readonly owner: string;
      readonly compresses: boolean;
    },
  ): Promise<void> {
    const frames = new FrameReader({ masked: true, maxPayload: MAX_BYTES });
    const messages = new MessageReader({
      deflate: compresses,
      maxBytes: MAX_BYTES,
    });
    let chunk: Bytes | undefined = first;
    while (chunk && !wire.closed.aborted) {
      const read = frames.push(chunk);
      for (const frame of read.frames) {
        const message = messages.push(frame);
        if (message?.kind === "ping") {
          const pong = frameOf(OPCODE.pong, message.payload);
          await wire.write(encodeFrame(pong));
        }
        if (message?.kind === "close") return wire.close();
        if (message?.kind !== "text") continue;
        // Not waited for: pings are answered during a turn, too.
        void this.#turn(message.text, { request, wire, owner, compresses })
          .catch(wire.close);
      }
      if (read.broken) return wire.close();
      chunk = await wire.read();
    }
    wire.close();
  }

  async #turn(
    text: string,
    { request, wire, owner, compresses }: {
      readonly request: Request;
      readonly wire: Wire;
      readonly owner: string;
      readonly compresses: boolean;
    },
  ): Promise<void> {
    const { calm, count, isFast, clock } = this.#options;
    const turn = this.#backend.turnOf(text);
    this.#backend.check(turn, owner, request.headers);
    this.#backend.checkOwned(turn, owner, turnStateIn(text));
    checkPrompt(turn, text);
    const random = seeded(seedOf(turn.seed, "attempt", turn.attempts.length));
    const fault = owner === calm
      ? HONEST_SOCKET
      : chooseSocket({ random, isFast });
    count(`socket: ${fault.name}`);
    const { speech } = this.#backend.attempt(
      turn,
      owner,
      fault.name,
      fault.blame,
    );
    const stage: SocketStage = {
      random,
      clock,
      speech,
      owner,
      compresses,
      gone: wire.closed,
      raw: wire.write,
      hangUp: wire.close,
      say: async (text) => {
        for (
          const frame of messageFrames(text, {
            compress: compresses,
            pieces: 1,
          })
        ) {
          await wire.write(encodeFrame(frame));
        }
      },
      close: async (code, reason = "") => {
        const payload = closePayload({ code, reason });
        await wire.write(encodeFrame(frameOf(OPCODE.close, payload)));
        await clock.wait(500, wire.closed);
        wire.close();
      },
    };
    await fault.play(stage);
  }
}

function accepted(
  { headers }: Request,
  lines: HeaderLines,
  key?: string,
): string {
  const asked = headers.get("sec-websocket-key") ?? "";
  return headText(101, [
    ["connection", "Upgrade"],
    ["upgrade", "websocket"],
    ["sec-websocket-accept", key ?? acceptOf(asked)],
    ...lines,
  ]);
}

function refusal(status: number, lines: HeaderLines, body: string): Bytes {
  const bytes = encoder.encode(body);
  const length: HeaderLines = status === 204
    ? []
    : [["content-length", String(bytes.length)]];
  const head = headText(status, [...lines, ...length]);
  return concat([encoder.encode(head), bytes]);
}

function bytesOf(bytes: Uint8Array | string): Uint8Array {
  return typeof bytes === "string" ? encoder.encode(bytes) : bytes;
}
