"""openai-python: how it meets the pool, and how it leaves in mid-stream."""

import re
import time

from harness import GREETING, MODEL, equal, refused
from openai_sdk import counted, sdk

HI = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}


def leave(base):
    stream = sdk(base).chat.completions.create(**HI, stream=True)
    for chunk in stream:
        if chunk.choices[0].delta.content:
            break
    stream.close()


def spent(base):
    client, asked = counted(base)
    started = time.monotonic()
    error = refused(
        lambda: client.chat.completions.create(**HI),
        name="RateLimitError",
        status_code=429,
        code="insufficient_quota",
    )
    seconds = time.monotonic() - started
    assert re.search(r"The first is back at \d{4}-\d\d-\d\dT", error.message), error
    equal(len(asked), 1, "requests")
    assert seconds < 1, f"it took {seconds} s"


def busy(base):
    client, asked = counted(base)
    started = time.monotonic()
    answer = client.chat.completions.create(**HI)
    seconds = time.monotonic() - started
    equal(answer.choices[0].message.content, GREETING)
    assert 2 < seconds < 6, f"it took {seconds} s"
    assert len(asked) <= 2, f"it asked {len(asked)} times"


def empty(base):
    client, asked = counted(base)
    refused(
        lambda: client.chat.completions.create(**HI),
        name="BadRequestError",
        code="no_usable_account",
    )
    equal(len(asked), 1, "requests")


def after_failures(base):
    client = sdk(base)

    def turn():
        for _ in client.chat.completions.create(**HI, stream=True):
            pass

    for _ in range(10):
        refused(turn, name="APIError", code="server_error")
    turn()


def edit_image(base):
    image = ("a.png", bytes([137, 80, 78, 71]), "image/png")
    answer = sdk(base).images.edit(model="gpt-image-1", image=image, prompt="a cat")
    assert answer.data[0].b64_json, "no picture"


POOL = {
    "T36 close": leave,
    "T37 spent pool": spent,
    "T38 busy pool": busy,
    "T39 empty pool": empty,
    "T41 after ten failures": after_failures,
    "T43 images.edit": edit_image,
}
