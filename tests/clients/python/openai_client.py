"""openai-python."""

from harness import serve
from openai_chat import CHAT
from openai_errors import ERRORS
from openai_pool import POOL
from openai_responses import RESPONSES

serve({**RESPONSES, **CHAT, **ERRORS, **POOL})
