/**
 * Loaded before each test file by the tasks in deno.json: every test that asks
 * for no time of its own gets `DEADLINE`, so that one which waits for what
 * never comes fails by name, and the rest of the run goes on. Every decision
 * about an account is made again from its record.
 */
import { DEADLINE } from "./deadline.ts";
import { assertReplayed } from "./replay.ts";

type Options = Omit<Deno.TestDefinition, "fn" | "name">;
type Body = Deno.TestDefinition["fn"];

const register = Deno.test;

/** Any of the ways to define a test, as the one that takes options. */
function define(...args: readonly unknown[]): void {
  const fn = args.find((arg): arg is Body => typeof arg === "function");
  const name = args.find((arg) => typeof arg === "string");
  const options = args.find((arg): arg is Partial<Deno.TestDefinition> =>
    typeof arg === "object" && arg !== null
  );
  const body = fn ?? options?.fn;
  if (body === undefined) throw new TypeError("a test needs a function");
  register({
    ...DEADLINE satisfies Options,
    ...options,
    name: name ?? options?.name ?? body.name,
    fn: async (context) => {
      await body(context);
      assertReplayed();
    },
  });
}

Object.assign(define, register);
Reflect.set(Deno, "test", define);
