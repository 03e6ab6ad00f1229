/**
 * All that the page and `codaze top` show, as one value: the same figures as
 * `/admin/accounts` and `/admin/status`, and their sense in words.
 *
 * Holds no token, prompt, answer, tool name or path of a caller.
 */
import { shortIds } from "../../accounts/pool/short_ids.ts";
import type { MadeDecision } from "../../accounts/pool/decisions.ts";
import { MAX_VIEW_DECISIONS } from "../../limits.ts";
import {
  type AccountView as DecisionView,
  POLICY_NAMES,
  type PolicyName,
} from "../../policy/input.ts";
import { mayServe } from "../../policy/pooled.ts";
import type {
  NumberedTurn,
  RecentTurn,
  RecentTurns,
} from "../../relay/recent_turns.ts";
import type { Network } from "../../upstream/network.ts";
import {
  type PoolFiguresView,
  poolFiguresView,
} from "../admin/pool_figures.ts";
import type { StatusDeps } from "../admin/status.ts";
import { headline, type HeadlinePart } from "./headline.ts";
import { problemsOf, type ShownProblem } from "./problems.ts";
import {
  type ForecastView,
  forecastView,
  type ShownAccount,
  shownAccount,
  stockOf,
} from "./shown_account.ts";
import { type ShownDecision, shownDecision } from "./shown_decision.ts";
import { type TurnView, turnView } from "./turn_view.ts";

/** The answer of `GET /admin/view`. Times are RFC 3339 in UTC. */
export interface View extends ViewParts {
  /** Grows with each patch of `GET /admin/events`. */
  readonly seq: number;
  /** The gateway's clock, for spans such as "in 2 h". */
  readonly now: string;
}

export interface ViewParts {
  readonly pool: ShownPool;
  /** By name. */
  readonly accounts: readonly ShownAccount[];
  /** Those under way, then those that have ended; in both by id, newest first. */
  readonly turns: readonly TurnView[];
  /** The latest, newest first. */
  readonly decisions: readonly ShownDecision[];
  readonly problems: readonly ShownProblem[];
  readonly about: AboutView;
}

export interface ShownPool extends PoolFiguresView {
  readonly headline: readonly HeadlinePart[];
  /** How long the weeks of all accounts will last; null: nobody can say. */
  readonly forecast: ForecastView | null;
  readonly routing_policy: PolicyName;
  /** Turns under way. */
  readonly turns_open: number;
  /** Turns since the start. */
  readonly turns_ended: number;
  /** Turns that ended because no account was left. */
  readonly refused: number;
}

/** What does not change while the gateway runs. */
export interface AboutView {
  readonly version: string;
  readonly codex_version: string;
  readonly started_at: string;
  readonly routing_policies: readonly PolicyName[];
  readonly accounts_dir: string;
  /** `http://host:port` of the public port; null while it is being bound. */
  readonly public_origin: string | null;
  readonly admin_origin: string | null;
  /** For Codex's `config.toml`. */
  readonly codex_config: readonly string[];
}

/** Where the ports are, as `http://host:port`. */
export interface Origins {
  readonly public: string;
  readonly admin: string;
}

export interface ViewDeps extends StatusDeps {
  readonly recent: RecentTurns;
  readonly network: Pick<Network, "isOffline">;
  /** Undefined until both ports are bound. */
  readonly origins: () => Origins | undefined;
}

/** Makes views, and keeps those of turns and decisions that do not change. */
export class ViewMaker {
  readonly #deps: ViewDeps;
  readonly #turns = new WeakMap<RecentTurn, TurnView>();
  readonly #decisions = new WeakMap<MadeDecision, ShownDecision>();

  constructor(deps: ViewDeps) {
    this.#deps = deps;
  }

  /** `accountsDir` with its links resolved. */
  make(accountsDir: string): ViewParts {
    const { registry, runtime } = this.#deps;
    const now = runtime.now();
    const names = namesOf(registry.accounts());
    const views = registry.views();
    const accounts = registry.accounts().flatMap((account, at) => {
      // Both are in the same order.
      const view = views[at];
      return view ? [shownAccount(account, { view, names, now })] : [];
    }).sort(byName);
    const nameOf = (id: string) => names.get(id) ?? id;
    return {
      pool: this.#pool(accounts, views),
      accounts,
      turns: this.#turnViews(nameOf),
      decisions: this.#decisionViews(nameOf),
      problems: this.#problems(accounts, accountsDir),
      about: this.#about(accountsDir),
    };
  }

  #pool(
    accounts: readonly ShownAccount[],
    views: readonly DecisionView[],
  ): ShownPool {
    const { registry, counts, runtime } = this.#deps;
    const now = runtime.now();
    const figures = poolFiguresView({ views: () => views }, now);
    const stocks = views.filter(mayServe).map(stockOf);
    return {
      ...figures,
      headline: headline(accounts, figures.windows),
      forecast: forecastView(stocks, now),
      routing_policy: registry.policy,
      turns_open: counts.open,
      turns_ended: Object.values(counts.turns)
        .reduce((sum, { total }) => sum + total, 0),
      refused: registry.decisions.refusals.total,
    };
  }

  #turnViews(nameOf: (id: string) => string): readonly TurnView[] {
    const { open, latest } = this.#deps.recent;
    const ended = latest.map((numbered) => this.#endedTurn(numbered, nameOf));
    return [
      ...open.map((turn) => turnView(turn, nameOf)).toReversed(),
      ...ended.toSorted((a, b) => b.id - a.id),
    ];
  }

  #endedTurn(
    numbered: NumberedTurn,
    nameOf: (id: string) => string,
  ): TurnView {
    const [, turn] = numbered;
    const known = this.#turns.get(turn);
    if (known !== undefined) return known;
    const view = turnView(numbered, nameOf);
    this.#turns.set(turn, view);
    return view;
  }

  #decisionViews(nameOf: (id: string) => string): readonly ShownDecision[] {
    const { decisions } = this.#deps.registry;
    const latest = decisions.latest(MAX_VIEW_DECISIONS).toReversed();
    return latest.map((made, at) => {
      const known = this.#decisions.get(made);
      if (known !== undefined) return known;
      const view = shownDecision(made, { id: decisions.total - at, nameOf });
      this.#decisions.set(made, view);
      return view;
    });
  }

  #problems(
    accounts: readonly ShownAccount[],
    accountsDir: string,
  ): readonly ShownProblem[] {
    const { registry, runtime, selfWatch, tokens, network } = this.#deps;
    return problemsOf({
      accounts,
      invalidFiles: registry.invalidFiles,
      accountsDir,
      health: selfWatch.health,
      uncaught: runtime.uncaught.total,
      aheadMs: tokens.aheadMs,
      isOffline: network.isOffline,
    });
  }

  #about(accountsDir: string): AboutView {
    const { about, origins } = this.#deps;
    const { public: open, admin } = origins() ?? {};
    return {
      version: about.version,
      codex_version: about.codexVersion,
      started_at: new Date(about.started.now).toISOString(),
      routing_policies: POLICY_NAMES,
      accounts_dir: accountsDir,
      public_origin: open ?? null,
      admin_origin: admin ?? null,
      codex_config: open === undefined ? [] : [
        `openai_base_url = "${open}/v1"`,
        `chatgpt_base_url = "${open}/backend-api"`,
      ],
    };
  }
}

/** The label, or what is enough of the id. Never the email. */
export function namesOf(
  accounts: readonly {
    readonly id: string;
    readonly label: string | undefined;
  }[],
): ReadonlyMap<string, string> {
  const short = shortIds(accounts.map(({ id }) => id));
  return new Map(
    accounts.map(({ id, label }) => [id, label ?? short.get(id) ?? id]),
  );
}

const COLLATOR = new Intl.Collator("en", { numeric: true });

/** As a person looks them up: "acc2" before "acc10". */
export function byName(
  a: Pick<ShownAccount, "name" | "id">,
  b: Pick<ShownAccount, "name" | "id">,
): number {
  return COLLATOR.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
}
