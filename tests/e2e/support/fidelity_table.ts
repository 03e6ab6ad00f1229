/**
 * Reads the tables of docs/fidelity.md, so that the page and what is tested
 * cannot drift apart.
 */

import { isBefore } from "./codex.ts";

const REST = " | What | Caller | `normalize` | `passthrough` | Why |";

/** What the first column of a table is called. */
export type TableName = "Request" | "Websocket";

interface Row {
  readonly request: string;
  readonly what: string;
  readonly callers: string;
  readonly normalize: string;
  readonly passthrough: string;
  readonly why: string;
}

const PAGE = new URL("../../../docs/fidelity.md", import.meta.url);

export interface Documented {
  readonly caller: string;
  /** Of the client. */
  readonly version: string;
  readonly mode: "normalize" | "passthrough";
  readonly table?: TableName;
}

/** What the page says of one caller in one mode, one line per difference. */
export async function documented(
  { caller, version, mode, table = "Request" }: Documented,
): Promise<readonly string[]> {
  const rows = (await readRows(table)).filter(({ callers }) =>
    callers.split(", ").some((one) => {
      const [, name, newer] = /^(.+?)(?: before (\d\S*))?$/.exec(one) ?? [];
      return (name === "every" || name === caller) &&
        (newer === undefined || isBefore(version, newer));
    })
  );
  return rows.filter((row) => row[mode] !== "–").flatMap((row) =>
    row.request.split(", ").map((request) =>
      `${request} ${row.what}: ${row[mode]}`
    )
  ).toSorted();
}

async function readRows(table: TableName): Promise<readonly Row[]> {
  const lines = (await Deno.readTextFile(PAGE)).split("\n");
  const columns = `| ${table}${REST}`;
  const head = lines.findIndex((line) => squeeze(line) === columns);
  if (head === -1) throw new Error(`docs/fidelity.md has no table ${columns}`);
  const end = lines.findIndex((line, at) => at > head && line.trim() === "");
  return lines.slice(head + 2, end === -1 ? undefined : end).map(rowOf);
}

function rowOf(line: string): Row {
  const cells = line.split("|").slice(1, -1).map((cell) =>
    cell.trim().replaceAll("`", "")
  );
  const [request, what, callers, normalize, passthrough, why] = cells;
  if (!request || !what || !callers || !normalize || !passthrough || !why) {
    throw new Error(`docs/fidelity.md: a row without all its cells: ${line}`);
  }
  return { request, what, callers, normalize, passthrough, why };
}

function squeeze(line: string): string {
  return line.replaceAll(/ +/g, " ").trim();
}
