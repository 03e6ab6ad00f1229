/**
 * `codaze selftest` with an upstream that no gateway survives: every account
 * answers with 500. Run by `selftest_test.ts` as a program of its own.
 */
import { selftest } from "../../lib/cli/selftest/selftest.ts";
import { serverError } from "../../lib/simulator/faults/refusals.ts";

Deno.exit(
  await selftest(Deno.args, {
    sabotage: ({ accounts }) => {
      for (const account of accounts) account.fault(serverError(), Infinity);
    },
  }),
);
