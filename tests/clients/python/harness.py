"""What all programs for Python share, as node/harness.mjs does for Node."""

import asyncio
import inspect
import json
import os
import sys

MODEL = "gpt-6.2-sol"
KEY = "any"
GREETING = "Hello there!"
ADA = {"name": "Ada", "age": 36}
JSON_PROMPT = 'json: {"name":"Ada","age":36}'
CALLED = ['{"city": "Zurich"}', '{"city":  "Bern"}']
CALLS_PROMPT = "\n".join(f"call: weather {text}" for text in CALLED)
ONE_CALL = 'call: weather {"city":"Zurich"}'
REPORT = "Tool said: sunny in Zurich"
WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}

# What libraries print must not come between the lines of the protocol.
PROTOCOL = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def tell(line):
    PROTOCOL.write(json.dumps(line) + "\n")
    PROTOCOL.flush()


def serve(cases):
    """Runs cases by name until standard input ends."""
    tell({"cases": list(cases)})
    for line in sys.stdin:
        asked = json.loads(line)
        name = asked["name"]
        try:
            saw = cases[name](asked["base"])
            if inspect.isawaitable(saw):
                saw = asyncio.run(saw)
            tell({"name": name, "ok": True, "saw": saw})
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            tell({"name": name, "ok": False, "reason": reason})
    os._exit(0)


def equal(seen, expected, what=""):
    assert seen == expected, f"{what} {seen!r} is not {expected!r}".strip()


def refused(call, **expected):
    """Fails unless the call is refused with these words; returns the error."""
    try:
        call()
    except Exception as error:
        seen = {
            key: type(error).__name__ if key == "name" else getattr(error, key, None)
            for key in expected
        }
        equal(seen, expected, str(error)[:80])
        return error
    raise AssertionError("the call succeeded")
