/**
 * Mends an order of the runtime's zlib that `ws` relies on: where the input is
 * damaged, Node never runs the callback of `flush`, only the `error` event.
 *
 * Here the callback ran as well, before the event or behind it. `ws` took the
 * half message for a whole one, was told twice, and threw where nobody
 * catches. Touches inflaters of raw deflate only, and only broken ones.
 */
import { createInflateRaw, type InflateRaw } from "node:zlib";

const inflater = createInflateRaw();
const { flush } = inflater;

function flushUnlessBroken(
  this: InflateRaw,
  ...given: readonly unknown[]
): void {
  const guarded = given.map((one) =>
    typeof one === "function"
      ? () => {
        if (!this.errored) one();
      }
      : one
  );
  Reflect.apply(flush, this, guarded);
}

// The class itself is not exported as a value by its types.
Reflect.set(Object.getPrototypeOf(inflater), "flush", flushUnlessBroken);
inflater.close();
