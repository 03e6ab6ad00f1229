/**
 * The page as it is without JavaScript: the view at one moment, written into
 * the HTML. Everything foreign is escaped. Pure.
 */
import { escape } from "@std/html";
import type { HeadlinePart } from "../view/headline.ts";
import type { ShownProblem } from "../view/problems.ts";
import type { LeftView, ShownAccount } from "../view/shown_account.ts";
import type { View } from "../view/view.ts";

/** The page with this view in it. `template` is `index.html`. */
export function pageOf(template: string, view: View): string {
  const parts: Readonly<Record<string, string>> = {
    headline: view.pool.headline.map(headlineText).join(""),
    time: timeText(view.now),
    accounts: view.accounts.map(accountRows).join(""),
    problems: view.problems.map(problemItem).join(""),
    config: escape(view.about.codex_config.join("\n")),
    folder: escape(view.about.accounts_dir),
  };
  return template
    .replace(/<!--(\w+)-->/g, (whole, name) => parts[name] ?? whole)
    .replace(DATA, (_, open, close) => `${open}${jsonText(view)}${close}`);
}

const DATA = /(<script type="application\/json"[^>]*>)\s*\{\}\s*(<\/script>)/;

/** JSON that ends no script element, whatever is in it. */
function jsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

function headlineText(part: HeadlinePart): string {
  return typeof part === "string" ? escape(part) : timeText(part.at);
}

function accountRows(account: ShownAccount): string {
  const { name, plan_type: plan, state, week, short } = account;
  const until = state.until === null
    ? ""
    : `<small>back ${timeText(state.until)}</small>`;
  const served = account.last_success_at;
  const cells = [
    ["Week left", leftText(week, account)],
    ["5 hours left", leftText(short, account)],
    ["In flight", String(account.in_flight_requests)],
    ["Last served", served === null ? "not yet" : timeText(served)],
  ].map(([title, text]) => `<td data-name="${title}">${text}</td>`);
  return `<tbody><tr><th scope="row" class="name">${escape(name)}<small>${
    escape(plan ?? "plan unknown")
  }</small></th><td class="state ${state.mark}"><b>${MARKS[state.mark]} ${
    escape(state.words)
  }</b>${until}</td>${cells.join("")}</tr></tbody>`;
}

const MARKS: Readonly<Record<ShownAccount["state"]["mark"], string>> = {
  ready: "●",
  limited: "◐",
  paused: "○",
  needs_you: "✕",
};

function leftText(
  window: LeftView | null,
  { quota }: Pick<ShownAccount, "quota">,
): string {
  if (window === null) {
    const isKnown = quota?.limits.some(({ windows }) => windows.length > 0);
    return isKnown ? "no limit" : "unknown";
  }
  const { left_percent: left, resets_at: at, running } = window;
  const more = !running
    ? "<small>not started</small>"
    : at === null
    ? ""
    : `<small>resets ${timeText(at)}</small>`;
  return `${left} %${more}`;
}

function problemItem({ text, cure }: ShownProblem): string {
  const more = cure === null ? "" : `<small>${escape(cure)}</small>`;
  return `<li>${escape(text)}${more}</li>`;
}

/** In the gateway's local time: "29 Nov, 14:05". */
function timeText(at: string): string {
  const date = new Date(at);
  const pad = (number: number) => String(number).padStart(2, "0");
  const clock = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
  return `<time datetime="${escape(at)}" data-form="at">${date.getDate()} ${
    MONTHS[date.getMonth()]
  }, ${clock}</time>`;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
