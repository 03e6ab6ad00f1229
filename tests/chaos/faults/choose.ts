/** Every fault of an answer over HTTP, and the one that is chosen. */
import type { Random } from "../../support/random.ts";
import type { HttpStage } from "../upstream/stage.ts";
import type { HandshakeFault, HttpFault, SocketFault } from "./fault.ts";
import { HANDSHAKE_FAULTS } from "./handshakes.ts";
import { HEAD_FAULTS } from "./heads.ts";
import { INSIDE_FAULTS } from "./inside.ts";
import { saySocketTurn, SOCKET_FAULTS } from "./sockets.ts";
import { STATUS_FAULTS } from "./statuses.ts";
import { sayTurn, STREAM_FAULTS } from "./streams.ts";

const INSIDE: readonly HttpFault[] = INSIDE_FAULTS.map((fault) => ({
  name: fault.name,
  blame: fault.blame,
  needs: "stream",
  play: async ({ out, speech, random }) => {
    await out.head(200, [["content-type", "text/event-stream"]]);
    for (const { bytes } of fault.events(speech, random)) {
      await out.write(bytes);
    }
    await out.end();
  },
}));

export const HTTP_FAULTS: readonly HttpFault[] = [
  ...STATUS_FAULTS,
  ...HEAD_FAULTS,
  ...STREAM_FAULTS,
  ...INSIDE,
];

export const HONEST: HttpFault = {
  name: "honest",
  blame: "nothing",
  play: (stage) => sayTurn(stage),
};

export const HONEST_SOCKET: SocketFault = {
  name: "honest",
  blame: "nothing",
  play: saySocketTurn,
};

export const HONEST_HANDSHAKE: HandshakeFault = {
  name: "honest",
  blame: "nothing",
  play: async ({ accept, owner }) => {
    await accept([["set-cookie", `__cf_bm=chaos-${owner}; Path=/`]]);
  },
};

/** What a lane allows. */
export interface Choice {
  readonly random: Random;
  /** Whether limits of minutes may be waited for. */
  readonly isFast: boolean;
}

/** Two of five are honest, so that there are good turns to be harmed. */
export function chooseHttp(
  { random, isFast }: Choice,
  { out, isStream }: Pick<HttpStage, "out" | "isStream">,
): HttpFault {
  if (random.int(5) < 2) return HONEST;
  return random.pick(
    HTTP_FAULTS.filter((fault) =>
      (fault.only ?? out.version) === out.version &&
      (isStream || fault.needs !== "stream") && (isFast || !fault.isLong)
    ),
  );
}

export function chooseSocket({ random, isFast }: Choice): SocketFault {
  if (random.int(5) < 2) return HONEST_SOCKET;
  const some = SOCKET_FAULTS.filter(({ isLong }) => isFast || !isLong);
  return weighed(random, some);
}

/** Most are good: a handshake that is refused shows no turn. */
export function chooseHandshake({ random, isFast }: Choice): HandshakeFault {
  if (random.int(5) > 0) return HONEST_HANDSHAKE;
  return random.pick(
    HANDSHAKE_FAULTS.filter(({ isLong }) => isFast || !isLong),
  );
}

function weighed<F extends { readonly weight?: number }>(
  random: Random,
  faults: readonly F[],
): F {
  return random.pick(
    faults.flatMap((fault) => new Array<F>(fault.weight ?? 1).fill(fault)),
  );
}
