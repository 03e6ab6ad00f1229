"""openai-python: what is refused, not served, or fails under way."""

from harness import MODEL, equal, refused
from openai_sdk import counted, sdk

HI = [{"role": "user", "content": "Hi"}]
GIVEN = {"model": MODEL, "messages": HI}
ASKED = {"model": MODEL, "input": "x"}


def bad(call, **expected):
    refused(call, name="BadRequestError", **expected)


def unsupported(base):
    given = {"background": True, "conversation": "conv_1", "prompt": {"id": "p"}}
    responses = sdk(base).responses
    for param, value in given.items():
        bad(
            lambda: responses.create(**ASKED, **{param: value}),
            code="unsupported_parameter",
            param=param,
        )


def previous(base):
    bad(
        lambda: sdk(base).responses.create(**ASKED, previous_response_id="resp_1"),
        code="previous_response_not_found",
        param="previous_response_id",
    )


def missing(base):
    create = sdk(base).responses.create
    code = "missing_required_parameter"
    bad(lambda: create(input="x"), code=code, param="model")
    bad(lambda: create(model=MODEL), code=code, param="input")
    bad(lambda: create(model=MODEL, input={}), code="invalid_type", param="input")


def stored(base):
    responses = sdk(base).responses
    for call in (
        lambda: responses.retrieve("resp_1"),
        lambda: responses.delete("resp_1"),
        lambda: responses.cancel("resp_1"),
        lambda: list(responses.input_items.list("resp_1")),
    ):
        refused(call, name="NotFoundError", code="response_not_found")


def models(base):
    client = sdk(base)
    ids = [model.id for model in client.models.list()]
    assert MODEL in ids and "codex-auto-review" not in ids, ids
    known = client.models.retrieve(MODEL)
    equal((known.id, known.object, known.created > 0), (MODEL, "model", True))
    refused(
        lambda: client.models.retrieve("nope"),
        name="NotFoundError",
        code="model_not_found",
        param="model",
    )


def chat_stream(base):
    for _ in sdk(base).chat.completions.create(**GIVEN, stream=True):
        pass


def responses_stream(base):
    for _ in sdk(base).responses.create(**ASKED, stream=True):
        pass


def failed_after_content(base):
    refused(lambda: chat_stream(base), name="APIError", code="server_error")


def cut(stream):
    return lambda base: refused(
        lambda: stream(base), name="APIError", code="stream_interrupted"
    ) and None


def failed_whole(base):
    client = sdk(base)
    expected = {"status_code": 500, "code": "server_error"}
    for call in (
        lambda: client.chat.completions.create(**GIVEN),
        lambda: client.responses.create(**ASKED),
    ):
        refused(call, name="InternalServerError", **expected)


def failed_before_content(base):
    for stream in (chat_stream, responses_stream):
        refused(lambda: stream(base), name="InternalServerError", status_code=500)


def bad_chat(base):
    create = sdk(base).chat.completions.create
    bad(lambda: create(**GIVEN, n=2), code="unsupported_value", param="n")
    bad(
        lambda: create(**GIVEN, logprobs=True),
        code="unsupported_parameter",
        param="logprobs",
    )
    bad(
        lambda: create(model=MODEL, messages=[]), code="empty_array", param="messages"
    )
    audio = {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}}
    bad(
        lambda: create(model=MODEL, messages=[{"role": "user", "content": [audio]}]),
        code="invalid_value",
        param="messages[0].content[0].type",
    )
    orphan = {"role": "tool", "tool_call_id": "call_1", "content": "x"}
    bad(
        lambda: create(model=MODEL, messages=[*HI, orphan]),
        code=None,
        param="messages[1].role",
    )


def not_served(base):
    file = ("a.jsonl", b"{}")
    calls = {
        "embeddings": lambda c: c.embeddings.create(model=MODEL, input="x"),
        "speech": lambda c: c.audio.speech.create(model=MODEL, input="x", voice="ash"),
        "moderations": lambda c: c.moderations.create(input="x"),
        "files": lambda c: c.files.create(file=file, purpose="batch"),
        "completions": lambda c: c.completions.create(model=MODEL, prompt="x"),
    }
    for name, call in calls.items():
        client, asked = counted(base)
        code = "unsupported_endpoint"
        refused(lambda: call(client), name="NotFoundError", code=code)
        equal(len(asked), 1, name)


ERRORS = {
    "T8 unsupported": unsupported,
    "T9 previous_response_id": previous,
    "T10 missing": missing,
    "T11 stored responses": stored,
    "T12 models": models,
    "T25 failed after content": failed_after_content,
    "T26 cut: chat": cut(chat_stream),
    "T26 cut: responses": cut(responses_stream),
    "T27 failed: whole": failed_whole,
    "T27 failed before content": failed_before_content,
    "T28 bad chat requests": bad_chat,
    "T35 what is not served": not_served,
}
