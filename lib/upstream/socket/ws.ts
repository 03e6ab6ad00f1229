/**
 * `ws`, the websocket client, with types of ours: the published ones lack an
 * option that we need, and bring all of Node's with them.
 */
import "./inflate_order.ts";

// @ts-types="./ws.d.ts"
export { WebSocket } from "ws";
