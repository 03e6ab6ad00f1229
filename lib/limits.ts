/**
 * Every limit of time and size that the relay and the server go by, with its
 * reason. Limits that a flag sets are in `config/`, those of the command line in
 * `cli/`.
 *
 * Times are in milliseconds (`_MS`), sizes in bytes (`_BYTES`) or in UTF-16
 * units of a decoded text (`_CHARS`). Numbers that a protocol fixes are in
 * `protocol/`.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const KIB = 1024;
const MIB = 1024 * KIB;

// Waiting for upstream.

/** How long the gateway waits (docs/client.md, "How long the client waits"). */
export const TIMEOUTS = {
  /**
   * For the head of an answer to a turn: it may take more than six minutes
   * (377 s were measured), and the client has no limit.
   */
  headersMs: 10 * MINUTE,
  /** Compaction and images take longer. */
  longHeadersMs: 15 * MINUTE,
  /** For one websocket handshake. */
  handshakeMs: 10 * SECOND,
  /** For all handshakes of one caller; the client gives up after 15 s. */
  connectMs: 12 * SECOND,
  /** The window: longer would be felt, shorter would miss most limits. */
  windowMs: 5 * SECOND,
  /** A silent stream gets an event this often: well within the client's limit. */
  keepaliveMs: MINUTE,
  /** The same for an SDK caller, as a comment: Node gives up after 300 s. */
  sdkKeepaliveMs: 15 * SECOND,
  /** The client's own limit for silence. */
  idleMs: 5 * MINUTE,
  /** A websocket that was unused for longer may be dead: it is pinged. */
  doubtMs: 30 * SECOND,
  /** For the pong: a living connection answers in one round trip. */
  pongMs: 5 * SECOND,
  /** The waits before the retries of a broken connection. */
  transportRetryMs: [200, 800],
};

/** The slowest line that an upload is given time for: 256 kbit/s. */
export const UPLOAD_BYTES_PER_MS = 32;

/** The client's own limit (docs/client.md, "How long the client waits"). */
export const MODELS_TIMEOUT_MS = 5 * SECOND;

/**
 * A router may drop a connection that is idle for longer. `fetch` cannot tell,
 * and a request on it would wait until the limit for heads. Deno's own limit is
 * 90 seconds.
 */
export const POOL_IDLE_MS = 30 * SECOND;

/** The largest frame that the runtime's HTTP/2 writes together with others. */
export const ONE_WRITE_PIECE_BYTES = 1023;

/**
 * A body in so many pieces costs 25 µs more; each further piece, 3 µs. Beyond
 * fifteen, with the head, there are two writes again.
 */
export const MAX_ONE_WRITE_BYTES = 9 * ONE_WRITE_PIECE_BYTES;

/**
 * The largest head of an answer over HTTP/2 that is asked for, as the official
 * client does; by default, the runtime asks for sixteen times as much.
 */
export const MAX_HTTP2_HEAD_BYTES = 16 * KIB;

/** Upstream cuts websockets after 60 minutes, so none is reused after this. */
export const SOCKET_AGE_MS = 55 * MINUTE;

// The pre-commit window, in which a turn can still move to another account.

/**
 * What a stream may hold back; limits and overloads come before. The first two
 * events may each echo the instructions and tools of the request.
 */
export const WINDOW_BYTES = 256 * KIB;

/** The same for a websocket, whose messages are text. */
export const WINDOW_CHARS = WINDOW_BYTES;

/** Even an empty message costs a copy at every step. */
export const WINDOW_MESSAGES = 1000;

// The choice of an account.

/**
 * The longest limit on a session's own account that is waited for. The wait
 * costs less than a turn on another account, which has no cached prompt.
 */
export const SHORT_LIMIT_MS = 10 * SECOND;

/**
 * The longest wait for an account when there is no other. It covers a client
 * that obeys `retry-after` but comes back a little early.
 */
export const SOON_BACK_MS = 2_500;

/**
 * How many accounts are tried before websockets count as unavailable. One
 * refusal may be the account's, but a proxy refuses each of them.
 */
export const MAX_NO_WEBSOCKETS = 4;

/** How many accounts in a guessed cooldown one request may try. */
export const MAX_GUESSES = 3;

/**
 * The pause before everything is tried once more: the client's own first one
 * (docs/client.md, "What the client does about failures").
 */
export const SECOND_CHANCE_MS = 200;

/** Handshakes that are cut for longer are not the network's fault. */
export const CUT_HANDSHAKES_MS = 2 * SECOND;

/** Cut handshakes further apart than this do not belong together. */
export const CUTS_APART_MS = 30 * SECOND;

// An open stream.

/** Memory per read. The runtime's default reader takes 64 KiB. */
export const CHUNK_BYTES = 4 * KIB;

/** Buffers of that size that wait for their next use. */
export const MAX_SPARE_BUFFERS = 64;

/** Short byte arrays share buffers of this size. */
export const SLAB_BYTES = 16 * KIB;

/** Longer ones get a buffer of their own. */
export const SLAB_PART_BYTES = 2 * KIB;

/** Time for upstream to close its side after a turn has ended. */
export const DRAIN_MS = SECOND;

/** How many chunks are read after the event that ends the turn. */
export const DRAIN_CHUNKS = 16;

// Websockets.

/**
 * Upstream refuses longer messages (docs/client.md, "Frames"). On the close
 * code the client sends the turn over HTTPS, which has no such limit.
 */
export const MAX_CALLER_MESSAGE_BYTES = 16 * MIB;

/** The official client's own limit for a message (docs/client.md, "Frames"). */
export const MAX_UPSTREAM_MESSAGE_BYTES = 64 * MIB;

/** More than any client keeps in flight on one connection. */
export const MAX_QUEUED_TURNS = 16;

/**
 * What a waiting frame counts besides its text: even an empty one takes room.
 */
export const FRAME_OVERHEAD_BYTES = 512;

/** Far more than a type or an event's headers need. */
export const MAX_FRAME_VALUE_BYTES = 64 * KIB;

/** Callers cannot be paused, so one that floods a slow upstream is closed. */
export const MAX_SOCKET_BUFFERED_BYTES = 64 * MIB;

/** Upstream is paused when a slow caller has this much to read. */
export const OUTBOX_HIGH_BYTES = 4 * MIB;

/** Upstream goes on when less than this is left. */
export const OUTBOX_LOW_BYTES = MIB;

/** How often a slow caller's buffer is checked: there is no event for it. */
export const OUTBOX_LOOK_MS = 20;

/** Time for a caller to receive its close frame before a stop cuts it off. */
export const CLOSE_LINGER_MS = SECOND;

// Bodies of callers.

/** How much of all bodies is held, and how long a silent one is waited for. */
export const BODY_LIMITS = {
  /** Undefined: `BODIES_HELD` bodies of the largest size. */
  allBytes: undefined,
  /** A caller on this machine is never silent for so long. */
  idleMs: 30 * SECOND,
};

/** The default budget in bodies of the largest size, decoded ones included. */
export const BODIES_HELD = 8;

/** Bodies up to this size are read by the runtime in one go. */
export const SMALL_BODY_BYTES = 256 * KIB;

/** The last delimiter of a form, and what some clients put behind it. */
export const MAX_FORM_TAIL_BYTES = KIB;

/** The most memory allocated for an announced length before it arrives. */
export const MAX_TRUSTED_LENGTH_BYTES = 8 * MIB;

/** The rules read short values only; they leave longer ones alone. */
export const MAX_RULE_VALUE_BYTES = 64 * KIB;

/** Longer than any item type. */
export const MAX_ITEM_TYPE_BYTES = 100;

/** The most leading system and developer items that name a session. */
export const MAX_SESSION_RULES = 16;

/** Of a longer part, only the beginning and the end name the session. */
export const MAX_SESSION_PART_BYTES = 256 * KIB;

/** The longest name of a tool that upstream takes of every model. */
export const MAX_TOOL_NAME_CHARS = 64;

// What a caller is told to wait.

/** The client's five retries, 60 s apart at most, can wait this long. */
export const CLIENT_PATIENCE_MS = 5 * MINUTE;

/** SDKs wait silently up to this; a longer wait would look like a hang. */
export const SDK_PATIENCE_S = 60;

/** The longest `retry-after` for a pool that is only busy. */
export const MAX_BUSY_WAIT_S = 60;

/**
 * The `retry-after` of an outage, in seconds. Without it the client retries at
 * once, an SDK after a moment.
 */
export const OUTAGE_WAIT_S = { codex: 1, openai: 2 } as const;

/** For an SDK whose turn met an overloaded model. */
export const OVERLOAD_WAIT_S = 5;

/** After answers that no request can have, from every account. */
export const NO_ANSWER_WAIT_S = 2;

/** The `retry-after` of what passes by itself, such as a full budget. */
export const MOMENT_S = 1;

// The server.

/** At a stop, time for callers to read how their turns ended. */
export const STOP_LINGER_MS = SECOND;

/** A burst of sub-agents must not wait for the kernel's SYN retries. */
export const LISTEN_BACKLOG = 4096;

/** Far more than any account file needs. */
export const MAX_ADMIN_BODY_BYTES = 64 * KIB;

/** The longest DNS name: more of a `Host` is not quoted. */
export const MAX_QUOTED_HOST_CHARS = 255;

/** How a lost port is reopened. */
export const KEEP_TIMES = {
  /** The first pause: one moment without a descriptor loses a port. */
  firstMs: 100,
  /** The longest: callers notice it. */
  mostMs: 5 * SECOND,
  /** A listener that has lasted this long ends the outage. */
  steadyMs: 10 * SECOND,
  /** The gateway gives up after this: a new process may have more luck. */
  giveUpMs: MINUTE,
};

/** The first pause of `renew`: an address may stay taken for a moment. */
export const RENEW_MS = 5;

/** How often the process looks at itself. */
export const WATCH_TIMES = {
  /** At the event loop: a check costs next to nothing. */
  tickMs: 500,
  /** At everything else. */
  lookMs: 5 * SECOND,
};

/** A stall that a caller notices. */
export const STALL_MS = SECOND;

/** The last two windows of this length are recent. */
export const STALL_WINDOW_MS = MINUTE;

/** Besides bodies, which are held twice: as they came, and for upstream. */
export const MEMORY_BYTES = 512 * MIB;

/** Descriptors for files, ports and pooled connections to upstream. */
export const BASE_DESCRIPTORS = 100;

/** More idle connections than any number of ordinary clients keeps open. */
export const MANY_IDLE = 2_000;

/** How long there must be so many: a burst of clients is over by then. */
export const MANY_IDLE_MS = MINUTE;

/** Between two times that all idle connections are closed. */
export const RELIEF_PAUSE_MS = MINUTE;

/**
 * Longer than the pause above: cutting websockets frees no other memory, so
 * doing it more often would not help.
 */
export const RELIEF_MEMORY_PAUSE_MS = 10 * MINUTE;

// Answers of upstream.

/** For a whole answer: more than any compaction or picture needs. */
export const MAX_WHOLE_ANSWER_BYTES = 64 * MIB;

/** An error body is an explanation, which needs no more than this. */
export const MAX_ERROR_ANSWER_BYTES = MIB;

/** The same for a refused handshake, encoded or decoded. */
export const MAX_REFUSAL_BYTES = MIB;

/** Its body may be slow; the status says the most. */
export const REFUSAL_MS = 5 * SECOND;

/** A longer body is a page or a mistake, not an error envelope. */
export const MAX_ERROR_BODY_BYTES = MIB;

/** A longer event of a websocket is not parsed: that would halt all turns. */
export const MAX_ERROR_EVENT_CHARS = 4 * MIB;

/** Enough of an error text to show, and to find the words that count. */
export const MAX_ERROR_MESSAGE_CHARS = 4096;

/** As many as servers accept; the time for more grows with their square. */
export const MAX_ERROR_HEADERS = 128;

/** One line of a log, or of a table. */
export const MAX_DESCRIPTION_CHARS = 512;

/** Longest text that is searched: a pattern can fail on megabytes. */
export const MAX_SEARCHED_CHARS = 64 * KIB;

/** Asked again sooner, upstream would only refuse again. */
export const MIN_RETRY_HINT_MS = SECOND;

/** Upstream's longest limit is a week; what is longer is a mistake. */
export const MAX_RETRY_HINT_MS = 8 * 24 * HOUR;

/** A page is not the backend's, so its hint counts for a minute at most. */
export const MAX_PAGE_HINT_MS = MINUTE;

/** The limit of Node's parser for the head of an answer, here of a proxy's. */
export const MAX_PROXY_HEAD_BYTES = 16 * KIB;

/** How long a peer may take to answer our close frame. */
export const CLOSE_TIMEOUT_MS = 5 * SECOND;

/** Far more than an answer with tokens, which has some thousand bytes. */
export const MAX_GRANT_ANSWER_BYTES = MIB;

// What is remembered of upstream.

/** Longer than most turns, so that the next one reuses the connection. */
export const CLIENT_IDLE_MS = 10 * MINUTE;

/** More than the two clocks differ while the machine is awake. */
export const SLEPT_MS = 5 * SECOND;

/** For name and value together; browsers keep no longer ones, either. */
export const MAX_COOKIE_BYTES = 4096;

/** Turn states are needed within a turn only; the oldest are forgotten. */
export const MAX_TURN_STATES = 10_000;

/** Longer ones are remembered by their hash, so that memory is bounded. */
export const MAX_TURN_STATE_CHARS = 256;

/** The list changes with a release; an older one is served meanwhile. */
export const MODELS_AGE_MS = 12 * HOUR;

/** Today's list has 100 kB; a longer one is passed on, but not parsed. */
export const MAX_MODELS_BYTES = 4 * MIB;

/** How long after a failure turns do not fetch the list. */
export const MODELS_RETRY_MS = MINUTE;

/** A shorter text is not a token, and may occur by chance. */
export const MIN_SECRET_CHARS = 16;

// Quota.

/** A reset that slides this little ahead of now is that of no running window. */
export const SLIDING_RESET_MS = 5 * MINUTE;

/** How far a window's beginning, as upstream tells it, is from the turn. */
export const BEGUN_WITHIN_MS = MINUTE;

/** Readings do not pass each other by more: the clock was turned back. */
export const CLOCK_SET_MS = MINUTE;

/** More than a year: no window is longer. */
export const MAX_WINDOW_MINUTES = 600_000;

/** A reset further away is a mistake. */
export const MAX_RESET_MS = 400 * 24 * HOUR;

/** A longer name of a limit, or of a plan, is not shown. */
export const MAX_LIMIT_NAME_CHARS = 64;

/** More resets than anybody may have are a mistake. */
export const MAX_RESET_CREDITS = 1000;

/** No plan has more limits. */
export const MAX_QUOTA_LIMITS = 16;

/** An event about limits is a few hundred characters long. */
export const MAX_LIMITS_EVENT_CHARS = 64 * KIB;

/** The page of usage has a few hundred bytes for each limit. */
export const MAX_USAGE_PAGE_BYTES = 256 * KIB;

// The ledger of what turns have used.

/** How often it is written: while few accounts serve, a crash loses no more. */
export const USAGE_FLUSH_MS = 30 * SECOND;

/**
 * So many rows may be written each time; after more of them the next time is as
 * much later, so that the file of a day stays readable.
 */
export const USAGE_FLUSH_ROWS = 10;

/** How long it is kept, in days. */
export const USAGE_DAYS = 90;

/** Far more accounts and models than anybody uses in that time. */
export const MAX_USAGE_ROWS = 1000;

/** A day that is written every 30 s, by two gateways, takes two thirds of it. */
export const MAX_USAGE_FILE_BYTES = 16 * MIB;

/** Longer than the name of any model. */
export const MAX_MODEL_CHARS = 64;

/** The figures of a turn take two hundred. */
export const MAX_USAGE_CHARS = 2 * KIB;

/** Of a longer event, or a longer answer, only the end is looked at. */
export const MAX_USAGE_TEXT_CHARS = 4 * MIB;

// Signing in and refreshing.

/** How long the auth server may take for a whole answer. */
export const ISSUER_TIMEOUT_MS = 30 * SECOND;

/**
 * A token this close to its expiry is refreshed before it is used. `shared` is
 * for a file that the official client uses too: at its start, the client
 * refreshes what expires within five minutes, and takes no lock while it does
 * (docs/client.md, "Refreshing"). The gateway refreshes before it would.
 * `short` is for tokens with a short life in either file: a longer margin
 * would refresh them for every turn.
 */
export const REFRESH_MARGIN_MS = {
  own: 8 * SECOND,
  shared: 6 * MINUTE,
  short: 8 * SECOND,
};

/** Tokens with less than this have a short life. */
export const LONG_LIVED_MS = HOUR;

/** The second is for a newer token that the file turned out to hold. */
export const MAX_GRANTS = 2;

/** In every round, another process may have changed the token. */
export const MAX_REFRESH_ROUNDS = 8;

/** Short, because a disk may recover at any moment and nothing was sent. */
export const DISK_RETRY_MS = 5 * SECOND;

/** How often a sign-in by code is asked for, in seconds. */
export const DEVICE_INTERVAL_S = { min: 1, default: 5, max: 60 };

/** How long such a code is good for, in seconds. */
export const DEVICE_EXPIRY_S = { min: 1, default: 900, max: 3600 };

// Cooldowns that upstream gives no length for.

/**
 * They double from `first` to `longest`. Upstream says when a limit lasts for
 * longer; without the gateway, each turn would ask. The first is for an answer
 * of 5xx, a page of the network edge, or no answer, and also limits what
 * upstream names as the end of an outage.
 */
export const BACKOFF_MS = {
  temporarily_unavailable: { first: SECOND, longest: MINUTE },
  rate_limited: { first: SECOND, longest: MINUTE },
};

/**
 * The block of a limit whose reset upstream does not name, which is rare;
 * asking again is cheap.
 */
export const QUOTA_BLOCK_MS = 5 * MINUTE;

/**
 * When a block for a used-up limit is looked at again: after the refusal, then
 * after each look, in steps. Measured by a simulated year with off-schedule
 * resets: a look each hour loses no more turns than always knowing.
 */
export const LOOK_AGAIN_MS = {
  steps: [15 * MINUTE, 30 * MINUTE, HOUR],
  longest: 6 * HOUR,
  /** So much is added by chance at most, so that looks of many spread. */
  jitter: 0.2,
  /** After a page that could not be read. */
  unreadable: 6 * HOUR,
  /** A refusal so soon after a look has ended a block: the page was wrong. */
  wrong: MINUTE,
  /** Nobody has asked for anything for so long: nobody waits for a look. */
  idle: HOUR,
  /** After a sleep, within this: the network may need a moment, too. */
  afterSleep: MINUTE,
  /** Timers stand still during a sleep, so none is longer. */
  tick: MINUTE,
  /** A network that was down is tried again by then, if nothing else does. */
  unreachable: 15 * MINUTE,
} as const;

/** The page of usage is a courtesy: nothing waits for it for long. */
export const USAGE_TIMEOUT_MS = 5 * SECOND;

/** What makes the gateway read figures anew that are old. */
export const USAGE_REFRESH_MS = {
  /** A client shows the pool's usage; it calls its own stale after as long. */
  age: 15 * MINUTE,
  /** They alone keep an account out, and nobody else could serve. */
  withheld: HOUR,
  /** Between two reads of one account. */
  pause: 5 * MINUTE,
} as const;

/** How long a person may think about spending a reset. */
export const CONFIRM_MS = 10 * MINUTE;

/** Asking again soon could be held against the account. */
export const RISK_COOLDOWN_MS = 30 * MINUTE;

/** A plan or a workspace changes when a person changes it. */
export const REFUSED_COOLDOWN_MS = 30 * MINUTE;

/** Even a fresh token was refused: trouble of the auth server. */
export const REJECTED_COOLDOWN_MS = MINUTE;

/** When a caller may ask again if there is no cooldown to wait for. */
export const NO_COOLDOWN_WAIT_MS = SECOND;

// The homes of sessions.

/** Far more sessions than a person has in a day. */
export const MAX_SESSIONS = 10_000;

/** What changes is saved this often: it is a cache. */
export const SAVE_STATE_MS = 30 * SECOND;

/** Readings and blocks that are older say nothing: no block lasts longer. */
export const STATE_AGE_MS = 8 * 24 * HOUR;

/** Far more than all sessions and some hundred accounts take. */
export const MAX_STATE_BYTES = 8 * MIB;

/** People in the file of the state. */
export const MAX_SAVED_PEOPLE = 1000;

/**
 * Where no page tells whether a block still holds, a spent pool lets one turn
 * try it, at most as often.
 */
export const UNTESTED_PAUSE_MS = 15 * MINUTE;

/** Turns that have ended and are still shown: one screen of them. */
export const MAX_RECENT_TURNS = 50;

/** Decisions in the view: with all accounts in words they are long. */
export const MAX_VIEW_DECISIONS = 10;

/** The stream of events for the page and for `codaze top`. */
export const EVENTS = {
  /** A page and a terminal or two; more are pages that were forgotten. */
  streams: 4,
  /** Between two patches: as fast as a person reads. */
  patchMs: 250,
  /** After this silence a comment: proxies and browsers take it for life. */
  commentMs: 15 * SECOND,
  /** A reader that is further behind is closed; it gets a whole view again. */
  lagBytes: 256 * KIB,
  /** After which a browser connects again. */
  retryMs: SECOND,
};

/** Decisions that are kept for a person to look at. */
export const MAX_DECISIONS = 1000;

/** Accounts in all of them: a large pool keeps fewer decisions. */
export const MAX_DECISION_VIEWS = 12_000;

/** Then no account has the prompt of a session cached. */
export const SESSION_IDLE_MS = 24 * HOUR;

/** How far before our start the ids of derived sessions may be dated. */
export const DERIVED_SPREAD_MS = 6 * HOUR;

// Account files.

/** A longer label makes every table unreadable. */
export const MAX_LABEL_CHARS = 100;

/** An account file holds a few tokens; a larger file is something else. */
export const MAX_ACCOUNT_FILE_BYTES = MIB;

/** How many replaced tokens a file remembers. */
export const MAX_PREVIOUS = 20;

/** How long a program may take to write a file that it removed first. */
export const GRACE_MS = 350;

/** How many accounts without a file are remembered, in case it comes back. */
export const MAX_GONE = 1000;

/** Long enough for an editor's truncate and write to be one change. */
export const DEBOUNCE_MS = 60;

/** After this a missing file is no longer just being saved. */
export const SETTLE_MS = GRACE_MS + 50;

/** Network mounts may report no events: names and times are looked at. */
export const SNAPSHOT_MS = 400;

/** For changes that neither an event nor a look at names and times shows. */
export const FOLDER_POLL_MS = 15 * SECOND;

/** How often to look whether a folder that went away is back. */
export const REOPEN_MS = 250;

/** How long a watcher may take to report an event that we caused. */
export const WATCHER_ANSWER_MS = SECOND;

/** How often what the disk refuses is logged again: tokens, and moves to trash. */
export const REMIND_MS = MINUTE;

/** A note of a running gateway holds two addresses. */
export const MAX_NOTE_BYTES = 4 * KIB;

// Refresh tokens on disk.

/**
 * The size of a side file from the start, so that a disk that fills up during
 * the refresh still has room for the answer.
 */
export const RESERVED_BYTES = 16 * KIB;

/** Longer tokens than the reserve are kept, too, if the disk has room. */
export const MAX_SIDE_FILE_BYTES = 16 * RESERVED_BYTES;

/** A refresh that began within this time may still be under way. */
export const UNDER_WAY_MS = 3 * MINUTE;

/**
 * How long another process may hold a token's lock: longer than its request
 * may take.
 */
export const LOCK_WAIT_MS = ISSUER_TIMEOUT_MS + 5 * SECOND;

/** How often to ask for a lock that another process holds. */
export const LOCK_POLL_MS = 50;

/** The client holds its locks for milliseconds; a longer holder is stuck. */
export const CLIENT_LOCK_WAIT_MS = 2 * SECOND;

/** How often to ask for such a lock. */
export const CLIENT_LOCK_POLL_MS = 20;

/** Enough for years; an empty file takes no block of the disk. */
export const MAX_SPENT = 2000;

/** How many stay after a prune: fewer, so that prunes are rare. */
export const SPENT_AFTER_PRUNE = 1800;

/** A round of an import fails only if the token has changed meanwhile. */
export const MAX_IMPORT_ROUNDS = 8;

// Parsers of foreign bytes.

/** Of an event; longer data is passed on, but not read. */
export const MAX_EVENT_BYTES = MIB;

/** Of an event that is translated for an SDK caller; pictures come in one. */
export const MAX_TRANSLATED_EVENT_BYTES = 16 * MIB;

/** Upstream has some dozen models. */
export const MAX_LEARNED_FORMS = 1000;

/** What may be collected of one turn for an SDK caller's answer. */
export const MAX_COLLECTED_CHARS = 64 * MIB;

/** A larger buffer is given back after the event that needed it. */
export const EVENT_BUFFER_BYTES = 64 * KIB;

/**
 * The deepest nesting that is accepted: eight times what the strictest parsers
 * take, and shallow enough for parsers whose time grows with its square.
 */
export const MAX_DEPTH = 1000;

/**
 * Parsing or editing millions of small values takes a minute and gigabytes. A
 * long conversation of a million tokens has two hundred thousand.
 */
export const MAX_VALUES = 500_000;

/**
 * Each member of an object costs memory. More than an account file can hold, so
 * that any file that could be read can also be edited.
 */
export const MAX_MEMBERS = 262_144;

/** Far longer than any token; several of these still fit into a file. */
export const MAX_TOKEN_CHARS = 64 * KIB;

/** Servers accept at least this much in one header; ids need far less. */
export const MAX_HEADER_CHARS = 4096;

/** Of foreign text in a message: enough to find it again. */
export const MAX_QUOTED_CHARS = 200;

// Remembering what costs time to make.

/** Twice as many may be held; a person has far fewer sessions at work. */
export const MAX_RECENT = 500;

/** Longer texts are not remembered: ids have some dozen characters. */
export const MAX_RECENT_CHARS = 512;

// Compressing a body.

/** Up to this size a body is encoded in one go, in about 3 ms. */
export const ZSTD_ONE_GO_BYTES = 256 * KIB;

/** A block, which takes 1 ms: other requests need several turns meanwhile. */
export const ZSTD_SLICE_BYTES = 128 * KIB;

/** A shorter body is encoded anew as a whole, which takes 10 ms at most. */
export const ZSTD_EDIT_BYTES = 1_000_000;

/**
 * How much of a large body is decoded or scanned before others have their turn:
 * in 1 ms each, because a small request needs several turns.
 */
export const TURN_BYTES = { decode: 512 * KIB, scan: MIB };

/**
 * How long the codecs for small bodies are kept unused: they hold 1 MiB, or
 * 1.7 MiB after bodies of 256 KiB. Longer than between most requests of a turn.
 */
export const ZSTD_KEPT_MS = MINUTE;
