import { assertEquals, assertThrows } from "@std/assert";
import { exposition, type Family } from "../../lib/server/admin/exposition.ts";
import { readMetrics } from "../support/prometheus.ts";

const FAMILIES: readonly Family[] = [
  {
    name: "doors_opened_total",
    type: "counter",
    help: "How often\nthe \\ door was opened.",
    samples: [
      { labels: { door: 'a "b" \\ c\nd', side: "in" }, value: 3 },
      { labels: { door: "", side: "out" }, value: 0 },
    ],
  },
  {
    name: "door_wait_seconds",
    type: "histogram",
    help: "Waits.",
    samples: [{
      labels: { door: "a" },
      cumulative: [[0.5, 1], [Infinity, 4]],
      sum: 7.25,
    }],
  },
  { name: "doors", type: "gauge", help: "Doors.", samples: [] },
  {
    name: "limit",
    type: "gauge",
    help: "Of something.",
    samples: [{ labels: {}, value: -Infinity }],
  },
];

const TEXT = `# HELP doors_opened_total How often\\nthe \\\\ door was opened.
# TYPE doors_opened_total counter
doors_opened_total{door="a \\"b\\" \\\\ c\\nd",side="in"} 3
doors_opened_total{door="",side="out"} 0
# HELP door_wait_seconds Waits.
# TYPE door_wait_seconds histogram
door_wait_seconds_bucket{door="a",le="0.5"} 1
door_wait_seconds_bucket{door="a",le="+Inf"} 4
door_wait_seconds_sum{door="a"} 7.25
door_wait_seconds_count{door="a"} 4
# HELP doors Doors.
# TYPE doors gauge
# HELP limit Of something.
# TYPE limit gauge
limit -Inf
`;

Deno.test("exposition writes the text format", () => {
  assertEquals(exposition(FAMILIES), TEXT);
  assertEquals(exposition([]), "");
});

Deno.test("what exposition writes is read back as it was", () => {
  const [door] = readMetrics(TEXT).get("doors_opened_total")?.samples ?? [];
  assertEquals(door?.labels, { door: 'a "b" \\ c\nd', side: "in" });
});

const FIRST = "# HELP a_total A.\n# TYPE a_total counter\n";

/** What the reader of these tests must not let through. */
const BROKEN: readonly string[] = [
  FIRST.trimEnd(),
  "a_total 1\n",
  `${FIRST}a_total  1\n`,
  `${FIRST}a_total 1x\n`,
  `${FIRST}a_total -1\n`,
  `${FIRST}a_total 1\na_total 1\n`,
  `${FIRST}b_total 1\n`,
  `${FIRST}${FIRST}`,
  `${FIRST}a_total{x="y"z} 1\n`,
  `${FIRST}a_total{x="y",} 1\n`,
  `${FIRST}a_total{x="y\\t"} 1\n`,
  `${FIRST}a_total{x="y\n"} 1\n`,
  `${FIRST}a_total{x="1",x="2"} 1\n`,
  "# HELP a A.\n# TYPE a counter\na 1\n",
  '# HELP a A.\n# TYPE a histogram\na_bucket{le="1"} 1\na_sum 1\na_count 1\n',
];

for (const text of BROKEN) {
  Deno.test(`a scraper would stumble over ${JSON.stringify(text)}`, () => {
    assertThrows(() => readMetrics(text));
  });
}

Deno.test("exposition shows what a terminal might obey, and does not send it", () => {
  const text = exposition([{
    name: "doors",
    type: "gauge",
    help: "Doors.",
    samples: [{ labels: { door: "a\x1b[31m\x9b2J\u202eb\r" }, value: 1 }],
  }]);
  assertEquals(
    text.split("\n")[2],
    'doors{door="a\\\\u001b[31m\\\\u009b2J\\\\u202eb\\\\u000d"} 1',
  );
  readMetrics(text);
});
