"""openai-python: `client.chat.completions`."""

import openai
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

# What the scene expects upstream to see, byte by byte.
PICTURE = "data:image/png;base64,iVBORw0KGgo="
PAPER = "data:application/pdf;base64,JVBERi0xLjQK"

LONG_NAME = "look_up_" + "x" * 75

SYSTEM = {"role": "system", "content": "Be short."}


class Person(pydantic.BaseModel):
    name: str
    age: int


def user(content):
    return {"model": MODEL, "messages": [{"role": "user", "content": content}]}


def asking(content, name="weather", strict=True):
    function = {"name": name, "parameters": WEATHER, "strict": strict}
    return {**user(content), "tools": [{"type": "function", "function": function}]}


def create(base):
    asked = user("Hi")
    asked["messages"].insert(0, SYSTEM)
    answer = sdk(base).chat.completions.create(**asked)
    [choice] = answer.choices
    equal(answer.object, "chat.completion")
    equal((choice.message.content, choice.finish_reason), (GREETING, "stop"))
    return answer.usage.model_dump()


def chunks(base, **options):
    return list(sdk(base).chat.completions.create(**user("Hi"), stream=True, **options))


def text(seen):
    return "".join(c.delta.content or "" for chunk in seen for c in chunk.choices)


def stream_with_usage(base):
    seen = chunks(base, stream_options={"include_usage": True})
    equal(text(seen), GREETING)
    finished = [c for chunk in seen for c in chunk.choices if c.finish_reason]
    equal((len(finished), seen[-1].choices), (1, []))
    return seen[-1].usage.model_dump()


def stream_without_usage(base):
    seen = chunks(base)
    equal(text(seen), GREETING)
    assert all("usage" not in chunk.model_fields_set for chunk in seen)


def assert_two_calls(choice):
    equal(choice.finish_reason, "tool_calls")
    calls = choice.message.tool_calls
    equal([call.function.name for call in calls], ["weather"] * 2)
    equal([call.function.arguments for call in calls], CALLED)
    equal(len({call.id for call in calls}), 2)


def two_calls(base):
    answer = sdk(base).chat.completions.create(**asking(CALLS_PROMPT))
    assert_two_calls(answer.choices[0])
    equal(answer.choices[0].message.content, None)


def streamed_calls(base, strict=True):
    asked = asking(CALLS_PROMPT, strict=strict)
    with sdk(base).chat.completions.stream(**asked) as events:
        assert_two_calls(events.get_final_completion().choices[0])


def parse(base):
    answer = sdk(base).chat.completions.parse(
        **user(JSON_PROMPT), response_format=Person
    )
    equal(answer.choices[0].message.parsed, Person(**ADA))


def json_object(base):
    answer = sdk(base).chat.completions.create(
        **user('json: {"ok":true}'), response_format={"type": "json_object"}
    )
    equal(answer.choices[0].message.content, '{"ok":true}')


def image_and_file(base):
    answer = sdk(base).chat.completions.create(
        **user(
            [
                {"type": "text", "text": "say: seen"},
                {"type": "image_url", "image_url": {"url": PICTURE}},
                {"type": "file", "file": {"filename": "a.pdf", "file_data": PAPER}},
            ]
        )
    )
    equal(answer.choices[0].message.content, "seen")
    return {"picture": PICTURE, "paper": PAPER}


def refusal(base):
    asked = user("refuse: I cannot do that.")
    [choice] = sdk(base).chat.completions.create(**asked).choices
    equal(choice.message.refusal, "I cannot do that.")
    equal((choice.message.content, choice.finish_reason), (None, "stop"))


def length(base):
    finishes(base, "length")
    try:
        parse(base)
    except openai.LengthFinishReasonError:
        return
    raise AssertionError("what was cut was parsed")


def finishes(base, reason):
    [choice] = sdk(base).chat.completions.create(**user("Hi")).choices
    equal(choice.finish_reason, reason)
    equal(chunks(base)[-1].choices[0].finish_reason, reason)


def long_name(base):
    asked = asking("call: look_up_* {}", LONG_NAME)
    [choice] = sdk(base).chat.completions.create(**asked).choices
    equal(len(LONG_NAME), 83)
    equal(choice.message.tool_calls[0].function.name, LONG_NAME)


CHAT = {
    "T13 create": create,
    "T14 stream with usage": stream_with_usage,
    "T15 stream without usage": stream_without_usage,
    "T16 two calls": two_calls,
    "T17 stream": streamed_calls,
    "T18 stream without deltas": streamed_calls,
    # The helper parses a strict call as soon as another one goes on.
    "T19 stream with interleaved deltas": lambda base: streamed_calls(base, False),
    "T21 parse": parse,
    "T21 json_object": json_object,
    "T22 image and file": image_and_file,
    "T23 refusal": refusal,
    "T24 length": length,
    "T24 content_filter": lambda base: finishes(base, "content_filter"),
    "T29 a long name": long_name,
}
