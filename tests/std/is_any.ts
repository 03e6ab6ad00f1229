/**
 * A type that is `true` for `any` only, so that `const typed: IsAny<X> = false`
 * does not compile once a door has lost its types.
 */
export type IsAny<T> = 0 extends 1 & T ? true : false;
