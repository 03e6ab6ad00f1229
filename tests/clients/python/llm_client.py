"""`llm`, the program, with the gateway among its own models."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from harness import ADA, GREETING, JSON_PROMPT, KEY, MODEL, equal, serve

PROGRAM = pathlib.Path(sys.executable).parent / "llm"


def run(base, *args):
    """What it prints."""
    with tempfile.TemporaryDirectory() as folder:
        model = {"model_id": "codaze", "model_name": MODEL, "api_base": base}
        listed = [{**model, "supports_schema": True}]
        path = pathlib.Path(folder) / "extra-openai-models.yaml"
        # JSON is YAML too.
        path.write_text(json.dumps(listed))
        done = subprocess.run(
            [PROGRAM, "-m", "codaze", "--key", KEY, *args],
            env={**os.environ, "LLM_USER_PATH": folder},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=50,
        )
        equal(done.returncode, 0, done.stderr[-200:])
        return done.stdout.strip()


def schema(base):
    printed = run(base, JSON_PROMPT, "--schema", "name, age int")
    equal(json.loads(printed), ADA)


serve(
    {
        "T33 stream": lambda base: equal(run(base, "x"), GREETING),
        "T33 no-stream": lambda base: equal(run(base, "x", "--no-stream"), GREETING),
        "T33 schema": schema,
        "T33 system": lambda base: equal(
            run(base, "x", "--system", "Be short."), GREETING
        ),
    }
)
