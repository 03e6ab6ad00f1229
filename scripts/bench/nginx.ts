/**
 * nginx as the yardstick: one worker, no buffering, kept connections.
 *
 * With `proxy_request_buffering off` it streams uploads, which a gateway with
 * failover cannot do. That makes the comparison stricter. It speaks only
 * HTTP/1.1 to an upstream, also over TLS, where it checks no certificate.
 */

import { freePort } from "./net.ts";
import { onPath, spawn } from "./process.ts";
import type { Target } from "./target.ts";

export const NGINX_MISSING =
  "nginx is not on PATH: its column is left out (apt-get install nginx-light)";

/** Starts nginx in front of an origin. Undefined if nginx is missing. */
export function startNginx(
  folder: string,
  upstream: string,
): Target | undefined {
  const program = onPath("nginx");
  if (program === undefined) return undefined;

  const port = freePort();
  const prefix = Deno.makeTempDirSync({ dir: folder, prefix: "nginx" });
  const file = `${prefix}/nginx.conf`;
  Deno.writeTextFileSync(file, configuration(prefix, port, new URL(upstream)));
  const { child } = spawn(program, ["-p", prefix, "-c", file]);
  return { ...child, name: "nginx", port };
}

function configuration(prefix: string, port: number, upstream: URL): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${prefix}/${name};`).join(" ");
  return `
daemon off; master_process off; pid ${prefix}/pid; error_log /dev/null;
events { worker_connections 10000; }
http {
  access_log off; ${temporary}
  client_max_body_size 100m;
  map $http_upgrade $upgrade_or_not { default upgrade; '' ''; }
  upstream bench { server ${upstream.host}; keepalive 1024; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    keepalive_requests 100000000;
    location / {
      proxy_pass ${upstream.protocol}//bench;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $upgrade_or_not;
      proxy_buffering off;
      proxy_request_buffering off;
    }
  }
}
`;
}
