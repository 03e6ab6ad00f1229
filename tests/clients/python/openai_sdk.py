"""The OpenAI SDK as a person would make it."""

import openai
from harness import KEY


def sdk(base, **options):
    return openai.OpenAI(
        **{"base_url": base, "api_key": KEY, "max_retries": 0, **options}
    )


def counted(base):
    """One with its own idea of retries, and what it has asked so far."""
    asked = []
    http = openai.DefaultHttpxClient(event_hooks={"request": [asked.append]})
    return openai.OpenAI(base_url=base, api_key=KEY, http_client=http), asked
