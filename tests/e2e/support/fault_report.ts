/** The table of faults for people: what the client shows, here and there. */
import type { SeenOverWebsocket } from "./socket_side_by_side.ts";

export interface Compared {
  readonly name: string;
  readonly direct: SeenOverWebsocket;
  readonly through: SeenOverWebsocket;
}

/** Markdown. Seconds are of the whole process, its start included. */
export function reportOf(rows: readonly Compared[]): string {
  const head = [
    "| Fault of the first account | Direct | s | Gateway | Connections | s |",
    "| - | - | - | - | - | - |",
  ];
  const lines = rows.map(({ name, direct, through }) => {
    const cells = [
      name,
      shown(direct),
      seconds(direct),
      shown(through),
      String(through.handshakes),
      seconds(through),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [...head, ...lines].join("\n");
}

const LONGEST = 60;

function shown({ code, stdout, complaints }: SeenOverWebsocket): string {
  const again = complaints.filter((line) => line.includes("Reconnecting"));
  const others = complaints.filter((line) => !again.includes(line));
  const words = [
    stdout === "" ? "no answer" : "answer",
    ...code === 0 ? [] : [`exit ${code}`],
    ...again.length === 0 ? [] : [`${again.length} × "Reconnecting"`],
    ...new Set(others.map(short)),
  ];
  return words.join(", ");
}

function short(line: string): string {
  if (line.includes("Falling back")) return '"Falling back"';
  const text = line.replace(/^ERROR: /, "");
  return `"${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}"`;
}

function seconds({ ms }: SeenOverWebsocket): string {
  return (ms / 1000).toFixed(1);
}
