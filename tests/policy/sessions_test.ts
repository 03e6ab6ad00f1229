/** A session stays with its owner, and when it does not. */
import { type Case, testDecisions } from "./cases.ts";
import {
  AWAY,
  DAY,
  FRESH,
  HOUR,
  KEPT,
  PAUSED,
  short,
  SPENT,
  view,
  week,
} from "./views.ts";

const SESSIONS: readonly Case[] = [
  [
    "an owner with one percent left",
    [view("ada", { windows: [short(99, HOUR), week(99, DAY)] }), FRESH],
    { owner: "ada" },
    "ada",
    "owner",
  ],
  [
    "an owner of low priority",
    [view("ada", { priority: -9 }), FRESH],
    { owner: "ada" },
    "ada",
    "owner",
  ],
  [
    "the owner rather than its stand-in",
    [view("ada"), FRESH],
    { owner: "ada", standIn: "fresh" },
    "ada",
    "owner",
  ],
  [
    "the stand-in of an owner that is away",
    [AWAY, FRESH, view("ada", { windows: [week(1, HOUR)] })],
    { owner: "away", standIn: "fresh" },
    "fresh",
    "owner",
  ],
  [
    "another than a stand-in that is spent",
    [AWAY, FRESH, SPENT],
    { owner: "away", standIn: "spent" },
    "fresh",
    "only",
  ],
  [
    "another than an owner that was removed",
    [FRESH],
    { owner: "gone", standIn: "gone" },
    "fresh",
    "only",
  ],
  [
    "another than a spent owner when a turn begins",
    [FRESH, SPENT],
    { owner: "spent" },
    "fresh",
    "only",
  ],
  [
    "the spent owner of the turn",
    [FRESH, SPENT],
    { owner: "spent", standIn: "fresh", inTurn: true },
    "spent",
    "in_turn",
  ],
  [
    "the paused owner of the turn",
    [FRESH, PAUSED],
    { owner: "paused", inTurn: true },
    "paused",
    "in_turn",
  ],
  [
    "the owner of the turn below what it keeps",
    [FRESH, KEPT],
    { owner: "kept", inTurn: true },
    "kept",
    "in_turn",
  ],
  [
    "another than an owner that is away in the middle of a turn",
    [FRESH, AWAY],
    { owner: "away", inTurn: true },
    "fresh",
    "only",
  ],
  [
    "another than an owner that has failed in the middle of a turn",
    [FRESH, view("ada")],
    { owner: "ada", inTurn: true, tried: ["ada"] },
    "fresh",
    "only",
  ],
];

testDecisions(SESSIONS);
