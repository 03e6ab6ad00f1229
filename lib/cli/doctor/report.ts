/**
 * Formats findings for a person, or for a program. Pure.
 *
 * Redacts tokens and escapes control characters: findings may quote files and
 * servers.
 */
import { bold, dim, green, red, yellow } from "@std/fmt";
import { redact } from "../../failure/redact.ts";
import { counted } from "../terminal/words.ts";
import { padTo, visible } from "../terminal/text_width.ts";
import type { Finding, Verdict } from "./finding.ts";

const PAINT: Readonly<Record<Verdict, (text: string) => string>> = {
  ok: green,
  warn: yellow,
  fail: red,
};

/** The width of the longest verdict. */
const VERDICT_WIDTH = 4;
const GAP = "  ";

/** One line for each finding, and one for its cure. */
export function reportText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const indent = " ".repeat(VERDICT_WIDTH + GAP.length + width + GAP.length);
  const lines = findings.map(harmless).flatMap((finding) => {
    const { check, verdict, found, cure } = finding;
    const head = PAINT[verdict](padTo(verdict, VERDICT_WIDTH));
    const line = [head, padTo(check, width), found].join(GAP);
    return cure === undefined ? [line] : [line, `${indent}${dim("→")} ${cure}`];
  });
  return [...lines, "", bold(summary(findings))].join("\n");
}

export interface ReportOptions {
  readonly version: string;
}

export function reportJson(
  findings: readonly Finding[],
  { version }: ReportOptions,
): string {
  const report = {
    version,
    ok: count(findings, "fail") === 0,
    failed: count(findings, "fail"),
    warned: count(findings, "warn"),
    findings: findings.map(harmless).map((finding) => ({
      ...finding,
      cure: finding.cure ?? null,
    })),
  };
  return JSON.stringify(report, null, 2);
}

function summary(findings: readonly Finding[]): string {
  const failed = count(findings, "fail");
  const warned = count(findings, "warn");
  if (failed + warned === 0) return "All is well";
  const parts = [
    failed > 0 ? `${failed} failed` : "nothing failed",
    counted(warned, "warning"),
    `${count(findings, "ok")} ok`,
  ];
  return parts.join(", ");
}

function count(findings: readonly Finding[], verdict: Verdict): number {
  return findings.filter((finding) => finding.verdict === verdict).length;
}

function harmless(finding: Finding): Finding {
  const { found, cure } = finding;
  return {
    ...finding,
    found: clean(found),
    cure: cure === undefined ? undefined : clean(cure),
  };
}

function clean(text: string): string {
  return visible(redact(text.replaceAll(/\s+/g, " ").trim()));
}
