/** Stands in for systemd: prints each datagram that comes to its socket. */
const [path = ""] = Deno.args;
const socket = Deno.listenDatagram({ transport: "unixpacket", path });
// deno-lint-ignore no-console
console.log("listening");
for await (const [bytes] of socket) {
  const text = new TextDecoder().decode(bytes);
  // deno-lint-ignore no-console
  console.log(`got ${text.replaceAll("\n", " ")}`);
}
