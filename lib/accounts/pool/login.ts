/**
 * A login: a person's sign-in to an account, until another person's takes its
 * place.
 *
 * It is the key of what is remembered for a login: cookies, turn states,
 * sessions. The account keeps it when its file is renamed, each credential
 * names its login, and a sign-in of another person replaces it. Since no name,
 * id or account has this type, what one person was given cannot be looked up
 * for another.
 */

export class Login {
  /** Makes the type nominal: no other object passes for a login. */
  readonly #isLogin = true;
}
