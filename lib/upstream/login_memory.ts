/**
 * What is remembered for each login, and for no other: connections, cookies,
 * turn states.
 */
import type { Runtime } from "../runtime.ts";
import { Clients } from "./clients.ts";
import { CookieJar } from "./cookies.ts";
import { TurnStates } from "./turn_state.ts";

export class LoginMemory {
  readonly clients: Clients;
  readonly cookies: CookieJar;
  readonly turnStates: TurnStates = new TurnStates();

  constructor(runtime: Runtime) {
    this.clients = new Clients(runtime);
    this.cookies = new CookieJar(runtime);
  }
}
