"""openai-python: `client.responses`, also over a websocket."""

import pydantic
from harness import (
    ADA,
    CALLED,
    CALLS_PROMPT,
    GREETING,
    JSON_PROMPT,
    MODEL,
    WEATHER,
    equal,
)
from openai_sdk import sdk

TOOL = {"type": "function", "name": "weather", "parameters": WEATHER, "strict": True}

# Parameters that are dropped, and a value for each.
DROPPED = {
    "max_output_tokens": 100,
    "max_completion_tokens": 100,
    "max_tokens": 100,
    "max_tool_calls": 3,
    "temperature": 0.5,
    "top_p": 0.5,
    "top_logprobs": 2,
    "truncation": "auto",
    "user": "u",
    "metadata": {"a": "b"},
    "safety_identifier": "s",
    "prompt_cache_retention": "24h",
    "prompt_cache_options": {"mode": "explicit"},
    "stream_options": {"include_obfuscation": False},
    "context_management": [{"type": "compaction"}],
    "moderation": {"model": "omni-moderation-latest"},
    "presence_penalty": 0.5,
    "frequency_penalty": 0.5,
    "seed": 7,
    "logit_bias": {"50256": -100},
    "stop": ["x"],
}


class Person(pydantic.BaseModel):
    name: str
    age: int


def create(base):
    answer = sdk(base).responses.create(model=MODEL, input="x")
    equal((answer.output_text, answer.status), (GREETING, "completed"))
    return answer.usage.total_tokens


def stream(base):
    client = sdk(base)
    for _ in range(3):
        with client.responses.stream(model=MODEL, input="x") as events:
            equal(events.get_final_response().output_text, GREETING)


def parse(base):
    answer = sdk(base).responses.parse(
        model=MODEL, input=JSON_PROMPT, text_format=Person
    )
    equal(answer.output_parsed, Person(**ADA))


def stream_with_tools(base):
    asked = {"model": MODEL, "input": CALLS_PROMPT, "tools": [TOOL]}
    with sdk(base).responses.stream(**asked) as events:
        output = events.get_final_response().output
    equal(
        [(item.type, item.arguments) for item in output],
        [("function_call", text) for text in CALLED],
    )


def easy_input(base):
    answer = sdk(base).responses.create(
        model=MODEL,
        input=[
            {"role": "system", "content": "Be short."},
            {"role": "user", "content": "say: easy"},
        ],
    )
    equal(answer.output_text, "easy")


def dropped(base):
    raw = sdk(base).responses.with_raw_response
    for name, value in DROPPED.items():
        given = {"model": MODEL, "input": "x", "extra_body": {name: value}}
        response = raw.create(**given)
        equal(response.parse().output_text, GREETING, name)
        equal(response.headers.get("x-codaze-ignored"), name)
    return list(DROPPED)


def one_session(base):
    client = sdk(base)
    first = {"role": "user", "content": "say: one"}
    client.responses.create(model=MODEL, input=[first])
    answered = {"role": "assistant", "content": "one"}
    second = {"role": "user", "content": "say: two"}
    client.responses.create(model=MODEL, input=[first, answered, second])


def websocket(base):
    with sdk(base).responses.connect() as connection:

        def turn(**body):
            connection.response.create(model=MODEL, **body)
            for event in connection:
                if event.type == "response.completed":
                    return event.response
                assert event.type != "error", event
            raise AssertionError("the connection was closed")

        equal(turn(input="x").output_text, GREETING)
        tuned = turn(
            input="x",
            temperature=0.5,
            max_output_tokens=100,
            metadata={"a": "b"},
            stream_options={"include_obfuscation": False},
        )
        equal(tuned.output_text, GREETING)
        again = turn(input="say: continued", previous_response_id=tuned.id)
        equal(again.output_text, "continued")


RESPONSES = {
    "T1 create": create,
    "T2 create": create,
    "T3 stream": stream,
    "T4 parse": parse,
    "T5 stream with tools": stream_with_tools,
    "T6 easy input": easy_input,
    "T7 dropped parameters": dropped,
    "T40 one session": one_session,
    "T44 websocket": websocket,
}
