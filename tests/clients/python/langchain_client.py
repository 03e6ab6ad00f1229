"""LangChain for Python, with chat completions and with responses."""

import pydantic
from harness import (
    ADA,
    GREETING,
    JSON_PROMPT,
    KEY,
    MODEL,
    ONE_CALL,
    REPORT,
    equal,
    refused,
    serve,
)
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI


class Person(pydantic.BaseModel):
    name: str
    age: int


@tool
def weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


def model(base, api):
    return ChatOpenAI(
        model=MODEL,
        base_url=base,
        api_key=KEY,
        max_retries=0,
        use_responses_api=api == "responses",
    )


def calls_of(api):
    def invoke(base):
        answer = model(base, api).invoke("x")
        equal(answer.text, GREETING)
        assert answer.usage_metadata["total_tokens"] > 0

    def stream(base):
        chunks = model(base, api).stream("x")
        equal("".join(chunk.text for chunk in chunks), GREETING)

    def tools(base):
        bound = model(base, api).bind_tools([weather])
        asked = HumanMessage(ONE_CALL)
        answer = bound.invoke([asked])
        [call] = answer.tool_calls
        equal(call["args"], {"city": "Zurich"})
        told = weather.invoke(call)
        equal(bound.invoke([asked, answer, told]).text, REPORT)

    def structured(base):
        made = model(base, api).with_structured_output(Person, method="json_schema")
        equal(made.invoke(JSON_PROMPT), Person(**ADA))

    return {
        f"T32 {api}: invoke": invoke,
        f"T32 {api}: stream": stream,
        f"T32 {api}: tools": tools,
        f"T32 {api}: structured output": structured,
    }


def spent(base):
    refused(lambda: model(base, "chat").invoke("x"), status_code=429)


serve({**calls_of("chat"), **calls_of("responses"), "T37 spent pool": spent})
