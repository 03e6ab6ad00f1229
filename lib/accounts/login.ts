/**
 * A login: a person's sign-in to an account, until another person's takes its
 * place.
 *
 * Whatever is remembered of a login has this object for its key: cookies, turn
 * states, sessions. The account takes it along when its file is renamed, each
 * credential names the one that it is of, and it is replaced when somebody else
 * signs in. A name, an id or an account is of another type, so what one person
 * was given cannot be looked up for another.
 */

export class Login {
  /** Nothing else has this shape. */
  readonly #isLogin = true;
}
