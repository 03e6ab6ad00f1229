/** Adds up the usage by day, account or model. Pure. */
import {
  FIGURES,
  type Figures,
  folded,
  NONE,
  plus,
} from "../../usage/figures.ts";
import type { UsageRowView, UsageView } from "../pool/pool.ts";

export type By = "day" | "account" | "model";

/** All of one day, account or model: the row has the names of one of them. */
export type Group = UsageRowView;

const KEYS: Readonly<Record<By, (row: UsageRowView) => string>> = {
  day: ({ day }) => day,
  account: ({ account }) => JSON.stringify(account),
  model: ({ model }) => model,
};

/** Days in their order; accounts and models with the most tokens first. */
export function groupsOf({ days }: UsageView, by: By): readonly Group[] {
  const groups = folded(days, KEYS[by]);
  return by === "day"
    ? groups
    : groups.toSorted((a, b) => tokensOf(b) - tokensOf(a));
}

export function totalOf({ days }: UsageView): Figures {
  return days.reduce<Figures>(plus, NONE);
}

/** The answer of the admin port; by account or model, what it adds up to. */
export function jsonOf(view: UsageView, by: By): unknown {
  const groups = groupsOf(view, by).map((group) => ({
    names: group,
    figures: Object.fromEntries(FIGURES.map((key) => [key, group[key]])),
  }));
  switch (by) {
    case "day":
      return view;
    case "account":
      return {
        accounts: groups.map(({ names: { account, label }, figures }) => ({
          account,
          label,
          ...figures,
        })),
      };
    case "model":
      return {
        models: groups.map(({ names: { model }, figures }) => ({
          model,
          ...figures,
        })),
      };
  }
}

function tokensOf({ input, output }: Figures): number {
  return input + output;
}
