/**
 * Corrects the runtime's zlib where `ws` relies on Node: for damaged input,
 * Node emits only `error` and never runs the callback of `flush`.
 *
 * The runtime also runs the callback, before the event or after it. `ws` then
 * takes half a message for a whole one, or throws where nothing catches it.
 * Changes only inflaters of raw deflate, and only after an error.
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

// The types do not export the class as a value.
Reflect.set(Object.getPrototypeOf(inflater), "flush", flushUnlessBroken);
inflater.close();
