"""LiteLLM: completion, responses, and its bridge between them."""

import litellm
from harness import GREETING, KEY, MODEL, ONE_CALL, WEATHER, equal, refused, serve

HI = [{"role": "user", "content": "x"}]
TOOL = {"type": "function", "function": {"name": "weather", "parameters": WEATHER}}


def given(base, prefix="openai/", messages=HI):
    return {
        "model": f"{prefix}{MODEL}",
        "messages": messages,
        "api_base": base,
        "api_key": KEY,
        "max_retries": 0,
        "num_retries": 0,
    }


def text(chunks):
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)


def completion(prefix):
    def call(base):
        answer = litellm.completion(**given(base, prefix))
        equal(answer.choices[0].message.content, GREETING)
        assert answer.usage.total_tokens > 0

    return call


def stream(prefix):
    return lambda base: equal(
        text(litellm.completion(**given(base, prefix), stream=True)), GREETING
    )


def tools(prefix):
    def call(base):
        asked = [{"role": "user", "content": ONE_CALL}]
        answer = litellm.completion(**given(base, prefix, asked), tools=[TOOL])
        [made] = answer.choices[0].message.tool_calls
        equal(made.function.arguments, ONE_CALL.removeprefix("call: weather "))
        equal(answer.choices[0].finish_reason, "tool_calls")

    return call


def responses(base):
    answer = litellm.responses(
        model=f"openai/{MODEL}", input="x", api_base=base, api_key=KEY
    )
    equal(answer.output[0].content[0].text, GREETING)


def failed(base):
    def call():
        for _ in litellm.completion(**given(base), stream=True):
            pass

    refused(call)


BRIDGE = "openai/responses/"

serve(
    {
        "T25 failed after content": failed,
        "T33 completion": completion("openai/"),
        "T33 stream": stream("openai/"),
        "T33 tools": tools("openai/"),
        "T33 responses": responses,
        "T33 bridge: completion": completion(BRIDGE),
        "T33 bridge: stream": stream(BRIDGE),
        "T33 bridge: tools": tools(BRIDGE),
    }
)
