/**
 * Typed door to `ws`, the websocket client. Its published types lack an
 * option that we need, and bring all of Node's with them.
 */
import "./inflate_order.ts";

// @ts-types="./ws.d.ts"
export { WebSocket } from "ws";
