"""instructor, in its modes for OpenAI."""

import instructor
import openai
import pydantic
from harness import ADA, JSON_PROMPT, KEY, MODEL, equal, serve


class Person(pydantic.BaseModel):
    name: str
    age: int


CALL_PROMPT = 'call: Person {"name":"Ada","age":36}'


def mode(mode, prompt):
    def call(base):
        client = openai.OpenAI(base_url=base, api_key=KEY, max_retries=0)
        person = instructor.from_openai(client, mode=mode).chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": prompt}],
            response_model=Person,
            max_retries=0,
        )
        equal(person.model_dump(), ADA)

    return call


Mode = instructor.Mode

serve(
    {
        "T33 tools": mode(Mode.TOOLS, CALL_PROMPT),
        "T33 json_schema": mode(Mode.JSON_SCHEMA, JSON_PROMPT),
        "T33 responses": mode(Mode.RESPONSES_TOOLS, CALL_PROMPT),
    }
)
