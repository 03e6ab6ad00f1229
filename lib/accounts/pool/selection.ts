/**
 * Routing policies: which available account serves the next attempt.
 *
 * Pure, except that round robin keeps its place. Knows nothing of HTTP, tokens
 * or clocks; the registry leaves out unavailable accounts and orders the rest
 * by id before it asks.
 */

/** What a policy may look at. `lastSelectedAt` is by `Clock.elapsed`. */
export interface Candidate {
  readonly id: string;
  readonly inFlight: number;
  readonly lastSelectedAt: number | undefined;
}

export type PolicyName = keyof typeof POLICIES;

/** Picks one of `candidates`, sorted by id; undefined if there are none. */
export type SelectionPolicy = <T extends Candidate>(
  candidates: readonly T[],
) => T | undefined;

const POLICIES = {
  round_robin: roundRobin,
  least_in_flight: () => leastInFlight,
  fill_first: () => fillFirst,
} as const satisfies Record<string, () => SelectionPolicy>;

export const POLICY_NAMES: readonly PolicyName[] = Object.keys(POLICIES)
  .filter((name): name is PolicyName => name in POLICIES);

export function createPolicy(name: PolicyName): SelectionPolicy {
  return POLICIES[name]();
}

/**
 * Keeps its place by id: an index would skip or repeat accounts whenever one
 * cools down or comes back.
 */
function roundRobin(): SelectionPolicy {
  let last: string | undefined;
  return (candidates) => {
    const after = last;
    const next = after === undefined
      ? undefined
      : candidates.find(({ id }) => id > after);
    const picked = next ?? candidates[0];
    last = picked?.id ?? last;
    return picked;
  };
}

function leastInFlight<T extends Candidate>(
  candidates: readonly T[],
): T | undefined {
  let best: T | undefined;
  for (const next of candidates) {
    if (best === undefined || isLessUsed(next, best)) best = next;
  }
  return best;
}

/** Fewer in flight, then longer unselected; equals keep the order by id. */
function isLessUsed(a: Candidate, b: Candidate): boolean {
  if (a.inFlight !== b.inFlight) return a.inFlight < b.inFlight;
  return (a.lastSelectedAt ?? -Infinity) < (b.lastSelectedAt ?? -Infinity);
}

function fillFirst<T extends Candidate>(
  candidates: readonly T[],
): T | undefined {
  return candidates[0];
}
