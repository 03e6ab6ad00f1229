"""pydantic-ai, with chat completions and with responses."""

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
    serve,
)
from openai import AsyncOpenAI
from pydantic_ai import Agent, NativeOutput
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider


class Person(pydantic.BaseModel):
    name: str
    age: int


def weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


def calls_of(api, model):
    def agent(base, **options):
        client = AsyncOpenAI(base_url=base, api_key=KEY, max_retries=0)
        provider = OpenAIProvider(openai_client=client)
        return Agent(model(MODEL, provider=provider), **options)

    async def run(base):
        result = await agent(base).run("x")
        equal(result.output, GREETING)

    async def stream(base):
        async with agent(base).run_stream("x") as result:
            equal(await result.get_output(), GREETING)

    async def tools(base):
        result = await agent(base, tools=[weather]).run(ONE_CALL)
        equal(result.output, REPORT)

    async def native_output(base):
        result = await agent(base, output_type=NativeOutput(Person)).run(JSON_PROMPT)
        equal(result.output, Person(**ADA))

    return {
        f"T33 {api}: run": run,
        f"T33 {api}: stream": stream,
        f"T33 {api}: tools": tools,
        f"T33 {api}: native output": native_output,
    }


serve(
    {
        **calls_of("chat", OpenAIChatModel),
        **calls_of("responses", OpenAIResponsesModel),
    }
)
