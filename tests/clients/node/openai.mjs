/** openai-node. */
import { serve } from "./harness.mjs";
import { CHAT } from "./openai_chat.mjs";
import { CHAT_TOOLS } from "./openai_chat_tools.mjs";
import { ERRORS } from "./openai_errors.mjs";
import { POOL } from "./openai_pool.mjs";
import { RESPONSES } from "./openai_responses.mjs";
import { SOCKETS } from "./openai_socket.mjs";

await serve({
  ...RESPONSES,
  ...CHAT,
  ...CHAT_TOOLS,
  ...ERRORS,
  ...POOL,
  ...SOCKETS,
});
