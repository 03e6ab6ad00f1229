/**
 * The page's script: shows the view and what changes in it, and sends what a
 * person asks for. Whatever comes from elsewhere becomes text, never markup.
 * Pure functions, which the tests import, come first.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A reading that is older is told with its age. */
const STALE_MS = 15 * MINUTE;

/** Words for what the view names. */
const WORDS = {
  days: "Sun Mon Tue Wed Thu Fri Sat".split(" "),
  months: "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" "),
  marks: { ready: "●", limited: "◐", paused: "○", needs_you: "✕" },
  offline: "Not connected, trying again.",
  outcomes: { caller_gone: "caller left", started_over: "started over" },
  rules: {
    owner: "its session is there",
    in_turn: "its turn began there",
    only: "the only one left",
    open: "its week begins",
    expiring: "its week expires first",
    unknown: "nothing known yet",
    least_in_flight: "fewest in flight",
    round_robin: "next in turn",
    fill_first: "first in order",
    last_resort: "last resort",
  },
  transports: { http: "whole", sse: "events" },
};

/** "45 s", "12 min", "2 h 5 min", "3 d 4 h". */
export function durationText(ms) {
  const seconds = Math.ceil(ms / SECOND);
  if (seconds < 60) return `${Math.max(0, seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  const [large, name, small, rest] = seconds < 86400
    ? [3600, "h", 60, "min"]
    : [86400, "d", 3600, "h"];
  const more = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)} ${name}${
    more ? ` ${more} ${rest}` : ""
  }`;
}

/** In local time: "14:40", "Thu 14:40", "3 Dec, 14:40". */
export function clockText(at, now) {
  const date = new Date(at);
  const minutes = date.getMinutes();
  const hours = date.getHours();
  const time = `${hours < 10 ? 0 : ""}${hours}:${
    minutes < 10 ? 0 : ""
  }${minutes}`;
  const away = Math.abs(at - now);
  if (away < DAY && date.getDate() === new Date(now).getDate()) return time;
  return away < 6 * DAY
    ? `${WORDS.days[date.getDay()]} ${time}`
    : `${date.getDate()} ${WORDS.months[date.getMonth()]}, ${time}`;
}

/** "at 14:40", "on Thu at 14:40", "on 3 Dec at 14:40". */
export function atText(at, now) {
  const [day, clock] = clockText(at, now).split(/,? (?=\S+$)/);
  return clock === undefined ? `at ${day}` : `on ${day} at ${clock}`;
}

/** `40 ms`, `1.2 s`, `12 s`, `3 min`; of a turn. */
export function tookText(ms) {
  if (ms < 95) return `${ms} ms`;
  return ms < 9950 ? `${(ms / SECOND).toFixed(1)} s` : durationText(ms);
}

/** `999`, `1.2k`, `123k`, `1.2M`. */
export function shortNumber(count) {
  for (const [scale, letter] of [[1e9, "B"], [1e6, "M"], [1e3, "k"]]) {
    const part = count / scale;
    if (part < 0.9995) continue;
    return `${part < 9.95 ? part.toFixed(1) : Math.round(part)}${letter}`;
  }
  return String(count);
}

const NAMES = new Intl.Collator("en", { numeric: true });

const ORDERS = {
  accounts: (a, b) => NAMES.compare(a.name, b.name) || (a.id < b.id ? -1 : 1),
  turns: (a, b) => (a.outcome !== null) - (b.outcome !== null) || b.id - a.id,
  decisions: (a, b) => b.id - a.id,
};

/** The view with a patch on top; undefined if one between them is missing. */
export function applied(view, patch) {
  if (patch.seq !== view.seq + 1) return undefined;
  const next = { ...view, ...patch };
  for (const [name, order] of Object.entries(ORDERS)) {
    const gone = new Set(patch[`${name}_gone`]);
    delete next[`${name}_gone`];
    const rows = new Map(view[name].map((row) => [row.id, row]));
    for (const row of patch[name] ?? []) rows.set(row.id, row);
    next[name] = [...rows.values()].filter(({ id }) => !gone.has(id))
      .sort(order);
  }
  return next;
}

// The page: from here on there is a document.

let view;
let skew = 0;
let source;
let timer;

function by(id) {
  return document.getElementById(id);
}

function now() {
  return Date.now() + skew;
}

/** A table stays one for a screen reader, however it is laid out. */
const ROLES = {
  TABLE: "table",
  THEAD: "rowgroup",
  TBODY: "rowgroup",
  TR: "row",
  TD: "cell",
};

/** An element; text is set as text, whatever is in it. */
function node(name, attributes, ...inside) {
  const made = document.createElement(name);
  const role = ROLES[made.tagName];
  for (const [key, value] of Object.entries({ role, ...attributes })) {
    if (key === "on") made.addEventListener("click", value);
    else if (value !== undefined) made.setAttribute(key, value);
  }
  made.append(...inside.filter((one) => one !== undefined));
  return made;
}

function small(...inside) {
  return node("small", {}, ...inside);
}

/** Writes only what differs. */
function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function fill(element, ...inside) {
  element.replaceChildren(...inside.filter((one) => one !== undefined));
}

/** Only if what it is made of has changed. */
function refill(element, of, made) {
  const key = JSON.stringify(of);
  if (element.madeOf === key) return;
  element.madeOf = key;
  fill(element, ...made());
}

/** Keeps the nodes of rows that stay, and the focus. */
function place(parent, nodes) {
  const focus = document.activeElement;
  const wanted = new Set(nodes);
  for (const old of [...parent.children]) {
    if (old.dataset.id === undefined || wanted.has(old)) continue;
    if (old.contains(focus)) by("accounts-title").focus();
    old.remove();
  }
  let at = [...parent.children].find((one) => wanted.has(one)) ?? null;
  for (const one of nodes) {
    if (one === at) at = at.nextElementSibling;
    else parent.insertBefore(one, at);
  }
  if (focus?.isConnected && focus !== document.activeElement) {
    focus.focus({ preventScroll: true });
  }
}

const kept = new Map();

/** One element for each row, updated when the row has changed. */
function keyed(parent, values, make) {
  const old = kept.get(parent) ?? new Map();
  const next = new Map();
  for (const value of values) {
    const own = old.get(value.id) ?? make(value.id);
    if (own.value !== value) own.update(value);
    own.value = value;
    next.set(value.id, own);
  }
  kept.set(parent, next);
  place(parent, [...next.values()].map(({ element }) => element));
}

// Times, which a timer keeps true.

const FORMS = {
  at: (at) => clockText(at, now()),
  on: (at) => atText(at, now()),
  in: (at) => at <= now() ? "now" : `in ${durationText(at - now())}`,
  ago: (at) => agoText(now() - at),
  for: (at) => durationText(now() - at),
  age: (at) => now() - at > STALE_MS ? `, ${agoText(now() - at)}` : "",
};

function agoText(ms) {
  return ms < SECOND ? "just now" : `${durationText(ms)} ago`;
}

function time(at, form) {
  if (!at) return undefined;
  const text = FORMS[form](Date.parse(at));
  return node("time", { datetime: at, "data-form": form }, text);
}

function tick() {
  for (const one of document.querySelectorAll("time")) {
    put(one, FORMS[one.dataset.form](Date.parse(one.dateTime)));
  }
}

/** "14:40 (in 1 h 12 min)"; the span would be read aloud every minute. */
function when(at, form = "at") {
  const left = [" (", time(at, "in"), ")"];
  return [time(at, form), node("span", { "aria-hidden": true }, ...left)];
}

// The view.

function show(next) {
  view = next;
  skew = Date.parse(next.now) - Date.now();
  const { accounts, turns, decisions, problems, about } = next;
  showPool();
  keyed(by("accounts"), accounts, accountRow);
  by("accounts").hidden = accounts.length === 0;
  keyed(by("turns").tBodies[0], turns, turnRow);
  by("turns-frame").hidden = turns.length === 0;
  by("no-turns").hidden = turns.length > 0;
  // Long, and seldom looked at.
  if (by("latest").open) keyed(by("decisions"), decisions, choice);
  refill(by("problems"), problems, () => problems.map(problem));
  by("no-problems").hidden = problems.length > 0;
  put(by("folder"), about.accounts_dir);
  put(by("config"), about.codex_config.join("\n"));
}

function showPool() {
  const { pool, about } = view;
  const isStale = document.body.classList.contains("stale");
  const parts = isStale ? [WORDS.offline] : pool.headline;
  refill(
    by("headline"),
    parts,
    () =>
      parts.flatMap((part) =>
        typeof part === "string" ? [part] : when(part.at, "on")
      ),
  );
  const { forecast, turns_open: open } = pool;
  refill(by("outlook"), [forecast], () => {
    if (forecast === null) return [];
    return forecast.kind === "lasts"
      ? ["At this pace the week lasts until it resets."]
      : ["At this pace the week is used up about ", ...when(forecast.at)];
  });
  put(by("version"), `Version ${about.version}`);
  const { started_at: at } = about;
  refill(by("uptime"), at, () => ["up ", time(at, "for")]);
  put(
    by("turn-count"),
    `${open} ${open === 1 ? "turn" : "turns"} under way, ` +
      `${pool.turns_ended} since the start`,
  );
  const policy = by("policy");
  if (policy.options.length === 0) {
    policy.append(...about.routing_policies.map((one) => option(one, one)));
  }
  if (document.activeElement !== policy) policy.value = pool.routing_policy;
}

function option(value, text) {
  return node("option", { value }, text);
}

// Accounts.

let opened = 0;

function accountRow(id) {
  const more = `more-${++opened}`;
  const cells = ["Week left", "5 hours left", "In flight", "Last served"]
    .map((name) => node("td", { "data-name": name }));
  const [week, short, flight, served] = cells;
  const head = node("th", { role: "rowheader", scope: "row", class: "name" });
  const state = node("td");
  const manage = node("button", {
    "aria-controls": more,
    on: () => open(panel.hidden),
  }, "Manage");
  const buttons = node("div", { class: "buttons" });
  const list = node("dl");
  const [ask, ...places] = asker();
  const panel = node(
    "tr",
    { class: "more", id: more },
    node(
      "td",
      { colspan: "7" },
      node(
        "div",
        { class: "panel" },
        buttons,
        ...places,
        node("details", {}, node("summary", {}, "Email and details"), list),
      ),
    ),
  );
  const line = node("tr", {}, head, state, ...cells, node("td", {}, manage));
  const open = (isOpen) => {
    panel.hidden = !isOpen;
    manage.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) row.update(row.value);
  };
  const row = {
    element: node("tbody", { "data-id": id }, line, panel),
    act(name, from = manage) {
      open(true);
      ask({ ...ACTIONS[name](row.value, from), base: path(row.value) }, from);
    },
    update(account) {
      const { name, state: is, quota, last_success_at: last } = account;
      const tags = tagsOf(account);
      refill(head, [name, tags], () => [name, small(tags)]);
      state.className = `state ${is.mark}`;
      refill(state, is, () => stateOf(is));
      const known = [name, !quota, account.forecast];
      const { week: long, short: five } = account;
      refill(week, [long, known], () => left(account, long, "week"));
      refill(short, [five, known], () => left(account, five, "5 hours"));
      for (const one of line.querySelectorAll("[data-form=age]")) {
        one.dateTime = quota.observed_at;
      }
      put(flight, String(account.in_flight_requests));
      refill(served, last, () => [time(last, "ago") ?? "not yet"]);
      manage.setAttribute("aria-label", `Manage ${name}`);
      if (panel.hidden) return;
      showButtons(buttons, account, row.act);
      fill(list, ...details(account));
    },
  };
  open(false);
  return row;
}

function stateOf({ mark, words, until }) {
  return [
    node("b", {}, `${WORDS.marks[mark]} ${words}`),
    until === null ? undefined : small("back ", ...when(until)),
  ];
}

function tagsOf({ plan_type: plan, keep, priority }) {
  return [
    plan ?? "plan unknown",
    ...keep > 0 ? [`keeps ${keep} %`] : [],
    ...priority !== 0 ? [`priority ${priority}`] : [],
  ].join(", ");
}

function left({ name, quota, forecast }, window, what) {
  if (window === null) {
    const isKnown = quota?.limits.some((one) => one.windows.length > 0);
    const text = isKnown ? "no limit" : "unknown";
    return [node("span", { class: "quiet" }, text)];
  }
  const { left_percent: value, resets_at: at } = window;
  const meter = node("meter", {
    "aria-label": `${name}: ${what} left`,
    min: 0,
    max: 100,
    low: 10,
    high: 30,
    optimum: 100,
    value,
  });
  const text = `${value} %${window.class === "long" ? " of the month" : ""}`;
  const age = time(quota.observed_at, "age");
  return [
    node("div", { class: "amount" }, meter, node("span", {}, text, age)),
    window.running
      ? at === null ? undefined : small("resets ", ...when(at))
      : small("not started"),
    what === "week" && forecast !== null ? pace(forecast) : undefined,
  ];
}

function pace({ kind, at }) {
  if (kind === "lasts") return small("lasts at this pace");
  const when = time(at, "at");
  return node("small", { class: "warn" }, "used up about ", when);
}

function details(account) {
  const { quota } = account;
  const credits = quota?.credits;
  const lines = [
    ["Email", account.email],
    ["File", account.file],
    ["Account id", account.account_id],
    ["Same person as", account.duplicate_of],
    ["Last error", account.last_error],
    ["Last error at", time(account.last_error_at, "at")],
    ["Token good until", time(account.access_token_expires_at, "at")],
    ["Quota read", time(quota?.observed_at, "at")],
    ["Resets to spend", quota?.reset_credits],
    ["Credits", credits?.unlimited ? "unlimited" : credits?.balance],
    ...(quota?.limits ?? []).slice(1).map(({ id, name, windows }) => [
      `Limit of ${name ?? id}`,
      windows.map(({ minutes, used_percent: used }) =>
        `${Math.floor(100 - used)} % left` +
        (minutes ? ` of ${durationText(minutes * MINUTE)}` : "")
      ).join(", "),
    ]),
  ];
  return lines.filter(([, value]) => (value ?? "") !== "")
    .flatMap(([name, value]) => [node("dt", {}, name), node("dd", {}, value)]);
}

// Actions.

const BUTTONS = {
  wake: "Wake",
  pause: "Pause",
  quota: "Read quota now",
  refresh: "Refresh token",
  reset: "Use a reset…",
  remove: "Remove…",
};

function showButtons(parent, { paused, keep }, act) {
  if (parent.children.length === 0) {
    const select = node("select", { name: "keep" });
    select.append(...[0, 10, 20, 30].map(percent));
    select.addEventListener("change", () => act("keep", select));
    for (const [name, text] of Object.entries(BUTTONS)) {
      const button = node("button", { on: () => act(name, button) }, text);
      parent.append(button);
    }
    parent.append(node("label", {}, "Keep ", select));
  }
  put(parent.children[1], paused ? "Resume" : BUTTONS.pause);
  const select = parent.querySelector("select");
  if (![...select.options].some(({ value }) => value === `${keep}`)) {
    select.append(percent(keep));
  }
  if (document.activeElement !== select) select.value = keep;
}

function percent(value) {
  return option(value, `${value} %`);
}

/** What each asks first, sends, and says when it is done. */
const ACTIONS = {
  wake: ({ name }) => ({
    ask: `Wake ${name}? Codaze forgets what it waits for.`,
    yes: "Wake",
    line: "POST /wake",
    said: ({ disposition }) =>
      disposition === "woken"
        ? "Awake: it may serve again."
        : "It is signed out: codaze login",
  }),
  pause: ({ paused, name }) => ({
    ask: paused
      ? `Resume ${name}? It gets new turns again.`
      : `Pause ${name}? It gets no new turns; those under way end there.`,
    yes: paused ? "Resume" : "Pause",
    line: "PUT /settings",
    body: { paused: !paused },
    said: () => paused ? "Resumed." : "Paused.",
  }),
  keep: ({ name }, { value }) => ({
    ask: `Leave ${value} % of each limit of ${name} to you?`,
    yes: `Keep ${value} %`,
    line: "PUT /settings",
    body: { keep: Number(value) },
    said: () => `It keeps ${value} % of each limit.`,
  }),
  quota: ({ name }) => ({
    ask: `Ask upstream what ${name} has left?`,
    yes: "Read",
    line: "POST /quota",
    said: () => "Read just now.",
  }),
  refresh: ({ name }) => ({
    ask: `Refresh the access token of ${name} now?`,
    yes: "Refresh",
    line: "POST /refresh",
    said: () => "The new token is on the disk.",
  }),
  remove: ({ name }) => ({
    ask: `Remove ${name} and its file? Type ${name} to be sure.`,
    yes: "Remove",
    typed: name,
    line: "DELETE ",
    said: () => "Removed.",
  }),
  /** Two steps: what there is, then to spend it, once per offer. */
  reset: ({ name }) => ({
    ask: `Ask upstream which resets ${name} has?`,
    yes: "Ask",
    line: "POST /reset-credits/consume",
    said: ({ spends, confirm, available_count: count }) => ({
      ask: `Spend "${spends.title ?? "a reset"}", one of ${count}? ` +
        "The limits begin anew, and it is gone.",
      yes: "Spend it",
      line: "POST /reset-credits/consume",
      body: { confirm },
      said: ({ code }) =>
        code === "reset"
          ? "Spent: the limits have begun anew."
          : `Upstream says: ${code.replaceAll("_", " ")}.`,
    }),
  }),
  policy: ({ value }) => ({
    ask: `Choose accounts by ${value} until Codaze ends?`,
    yes: "Change",
    line: "PUT /admin/routing/policy",
    body: { routing_policy: value },
    said: () => `Accounts are chosen by ${value} now.`,
  }),
};

function path({ id }) {
  return `/admin/accounts/${encodeURIComponent(id)}`;
}

/** Asks in place, sends once, and says what came of it. */
function asker() {
  const place = node("div", { class: "ask" });
  const said = node("p", { class: "said", tabindex: "-1" });
  let from;
  const leave = () => {
    place.hidden = true;
    place.replaceChildren();
    // What was chosen but not confirmed is not so.
    if (from?.tagName === "SELECT") {
      from.blur();
      kept.get(by("accounts"))?.forEach((row) => row.update(row.value));
      showPool();
    }
  };
  const tell = (text) => {
    leave();
    said.textContent = text;
    said.focus();
  };
  const ask = (action, asking) => {
    from = asking;
    said.textContent = "";
    const { ask: question, yes, typed } = action;
    const go = node("button", { class: "yes", on: () => run(action, go) }, yes);
    const no = node("button", { on: cancel }, "Cancel");
    place.replaceChildren(node("p", {}, question), go, no);
    if (typed !== undefined) {
      go.disabled = true;
      const input = node("input", { name: "typed", "aria-label": question });
      input.addEventListener("input", () => {
        go.disabled = input.value !== typed;
      });
      go.before(input);
    }
    place.hidden = false;
    place.querySelector("input, button").focus();
  };
  const run = async ({ line, body, said, base = "" }, go) => {
    go.disabled = true;
    try {
      const [method, end] = line.split(" ");
      const next = said(await send(method, base + end, body));
      if (typeof next === "string") tell(next);
      else ask({ ...next, base }, from);
    } catch (error) {
      tell(error.message);
    }
  };
  const cancel = () => {
    const back = from;
    leave();
    back.focus();
  };
  place.addEventListener("keydown", ({ key, target }) => {
    if (key === "Escape") cancel();
    if (key === "Enter" && target.tagName === "INPUT") {
      place.querySelector("button").click();
    }
  });
  place.hidden = true;
  return [ask, place, said];
}

/** Throws with a sentence for a person if it was refused. */
async function send(method, url, body) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, {
    method,
    ...method !== "GET" && { headers },
    ...body && { body: JSON.stringify(body) },
  }).catch(() => {
    throw new Error("Codaze did not answer.");
  });
  const read = await answer.json().catch(() => ({}));
  if (answer.ok) return read;
  const why = read.error?.message ?? "it says no more";
  throw new Error(`Not done (${answer.status}): ${why}.`);
}

// Turns, choices, problems.

function turnRow() {
  const cells = Array.from({ length: 6 }, () => node("td"));
  const element = node("tr", { "data-id": "" }, ...cells);
  const update = (turn) => {
    const [began, model, account, outcome, took, tokens] = cells;
    const { ms, first_event_ms: first, tokens: used, started_at: at } = turn;
    const { transport, outcome: end } = turn;
    element.className = end ?? "open";
    fill(began, time(at, "at"));
    fill(model, turn.model, small(WORDS.transports[transport] ?? transport));
    fill(account, turn.name ?? "none yet", turn.rule ? why(turn) : undefined);
    fill(
      outcome,
      node("b", {}, WORDS.outcomes[end] ?? end ?? "under way"),
      turn.why === null ? undefined : small(turn.why),
      turn.moved === null ? undefined : moved(turn.moved),
    );
    fill(
      took,
      ms === null ? time(at, "for") : tookText(ms),
      first === null ? undefined : small(`first ${tookText(first)}`),
      turn.attempts > 1 ? small(`${turn.attempts} attempts`) : undefined,
    );
    if (used === null) return;
    const cached = Math.floor(100 * used.cached / used.input);
    fill(
      tokens,
      `${shortNumber(used.input)} in, ${shortNumber(used.output)} out`,
      used.input === 0 ? undefined : small(`${cached} % cached`),
    );
  };
  return { element, update };
}

function moved({ from, why, until }) {
  return small(
    from === null ? "moved: its account is gone" : `moved: ${from} is ${why}`,
    until === null ? undefined : " until ",
    time(until, "at"),
  );
}

function why({ rule, decision }) {
  const words = WORDS.rules[rule] ?? rule;
  const isHere = view.decisions.some(({ id }) => id === decision);
  const href = `#choice-${decision}`;
  return small(isHere ? node("a", { href }, words) : words);
}

function choice(id) {
  const element = node("li", { id: `choice-${id}`, "data-id": id });
  const update = ({ at, name, why, model, session, others, more }) =>
    fill(
      element,
      time(at, "at"),
      node("b", {}, ` ${name ?? "no account"}`),
      `: ${why}`,
      small(
        [model, session && `session ${session}`].filter(Boolean).join(", "),
      ),
      passedOver(others, more),
    );
  return { element, update };
}

function passedOver(others, more = 0) {
  const lines = others.map(({ name, why }) => `${name}: ${why}`);
  if (more > 0) lines.push(`and ${more} more`);
  return node("ul", {}, ...lines.map((line) => node("li", {}, line)));
}

function problem({ text, cure }) {
  if (!cure?.startsWith("codaze ")) {
    return node("li", {}, text, small(cure ?? ""));
  }
  return node("li", {}, text, copied(node("code", {}, cure)));
}

function copied(what) {
  const copy = node("button", {
    on: () => {
      navigator.clipboard.writeText(what.textContent).then(
        () => copy.textContent = "Copied",
        () => copy.textContent = "Select and copy it",
      );
    },
  }, "Copy");
  return node("div", { class: "copied" }, what, copy);
}

async function explain(event) {
  event.preventDefault();
  const asked = new URLSearchParams(new FormData(event.target));
  const answer = by("explained");
  try {
    const { why, accounts } = await send("GET", `/admin/explain?${asked}`);
    const names = new Map(view.accounts.map(({ id, name }) => [id, name]));
    for (const one of accounts) one.name = names.get(one.id) ?? one.id;
    const chosen = accounts.find((one) => one.chosen);
    fill(
      answer,
      node("b", {}, chosen?.name ?? "No account"),
      `: ${why}`,
      passedOver(accounts.filter((one) => one !== chosen)),
    );
  } catch (error) {
    answer.textContent = error.message;
  }
  answer.focus();
}

// Keys.

const KEYS = { r: "quota", p: "pause", w: "wake" };

function pressed(event) {
  const { key, target, ctrlKey, altKey, metaKey } = event;
  if (ctrlKey || altKey || metaKey) return;
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) return;
  if (key === "?") return toggleKeys();
  const { id } = target.closest("[data-id]")?.dataset ?? {};
  const row = kept.get(by("accounts"))?.get(id);
  if (KEYS[key] === undefined || row === undefined) return;
  event.preventDefault();
  row.act(KEYS[key]);
}

function toggleKeys() {
  const keys = by("keys");
  keys.hidden = !keys.hidden;
  by("keys-button").setAttribute("aria-expanded", String(!keys.hidden));
  if (!keys.hidden) keys.scrollIntoView({ block: "nearest" });
}

// The connection.

function connect() {
  source?.close();
  const own = source = new EventSource("/admin/events");
  own.addEventListener("view", ({ data }) => {
    document.body.classList.remove("stale");
    show(JSON.parse(data));
  });
  own.addEventListener("patch", ({ data }) => {
    const next = applied(view, JSON.parse(data));
    if (next === undefined) connect();
    else show(next);
  });
  own.addEventListener("error", () => {
    document.body.classList.add("stale");
    showPool();
    // After a refusal the browser does not try again by itself.
    if (own.readyState !== EventSource.CLOSED) return;
    setTimeout(() => source === own && follow(), 3 * SECOND);
  });
}

/** A page that nobody sees costs nothing: neither a timer nor a stream. */
function follow() {
  clearInterval(timer);
  source?.close();
  if (document.hidden) return;
  timer = setInterval(tick, SECOND);
  connect();
}

function start() {
  for (const one of document.querySelectorAll("table, thead, tr, tbody")) {
    one.setAttribute("role", ROLES[one.tagName]);
  }
  for (const old of [...by("accounts").tBodies]) old.remove();
  const [ask, ...places] = asker();
  by("policy-ask").append(...places);
  const policy = by("policy");
  policy.addEventListener("change", () => {
    ask(ACTIONS.policy(policy), policy);
  });
  by("explain").addEventListener("submit", explain);
  by("keys-button").addEventListener("click", toggleKeys);
  const config = by("config");
  config.replaceWith(copied(config.cloneNode(true)));
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", ({ target }) => {
    if (!target.hash?.startsWith("#choice-")) return;
    by("latest").open = true;
    show(view);
  });
  by("latest").addEventListener("toggle", () => show(view));
  document.addEventListener("visibilitychange", follow);
  document.documentElement.classList.add("live");
  show(JSON.parse(by("view").textContent));
  follow();
}

if (globalThis.document) start();
