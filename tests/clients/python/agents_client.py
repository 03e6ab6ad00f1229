"""openai-agents for Python, with chat completions and with responses."""

import pydantic
from agents import (
    Agent,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    Runner,
    function_tool,
    set_tracing_disabled,
)
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

set_tracing_disabled(True)


class Person(pydantic.BaseModel):
    name: str
    age: int


@function_tool
def weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


def calls_of(api, model):
    def agent(base, **options):
        client = AsyncOpenAI(base_url=base, api_key=KEY, max_retries=0)
        made = model(model=MODEL, openai_client=client)
        return Agent(name="a", instructions="Help.", model=made, **options)

    async def streamed(*asked):
        result = Runner.run_streamed(*asked)
        async for _ in result.stream_events():
            pass
        return result.final_output

    async def run(base):
        equal((await Runner.run(agent(base), "x")).final_output, GREETING)

    async def stream(base):
        equal(await streamed(agent(base), "x"), GREETING)

    async def tools(base):
        result = await Runner.run(agent(base, tools=[weather]), ONE_CALL)
        equal(result.final_output, REPORT)

    async def streamed_tools(base):
        equal(await streamed(agent(base, tools=[weather]), ONE_CALL), REPORT)

    async def output_type(base):
        result = await Runner.run(agent(base, output_type=Person), JSON_PROMPT)
        equal(result.final_output, Person(**ADA))

    return {
        f"T33 {api}: run": run,
        f"T33 {api}: stream": stream,
        f"T33 {api}: tools": tools,
        f"T33 {api}: tools, streamed": streamed_tools,
        f"T33 {api}: output type": output_type,
    }


serve(
    {
        **calls_of("chat", OpenAIChatCompletionsModel),
        **calls_of("responses", OpenAIResponsesModel),
    }
)
