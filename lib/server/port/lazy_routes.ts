/** Routes whose code is loaded with the first request for one of them. */
import type { Router } from "./route.ts";

/** If `load` fails, the request fails, and the next one tries again. */
export function lazyRoutes(load: () => Promise<Router>): Router {
  let routes: Router | undefined;
  return async (request, requestId) => {
    routes ??= await load();
    return await routes(request, requestId);
  };
}
