//! async-openai, which refuses an answer that lacks a member.

use std::error::Error;
use std::io::{stdin, BufRead};
use std::time::{Duration, Instant};

use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessageArgs, CreateChatCompletionRequest,
    CreateChatCompletionRequestArgs,
};
use async_openai::types::responses::{
    CreateResponse, CreateResponseArgs, FunctionTool, OutputItem, ResponseStreamEvent, Tool,
};
use async_openai::Client;
use futures::StreamExt;
use serde_json::{json, Value};

const MODEL: &str = "gpt-6.2-sol";
const GREETING: &str = "Hello there!";
const CALLED: [&str; 2] = [r#"{"city": "Zurich"}"#, r#"{"city":  "Bern"}"#];

const CASES: [&str; 8] = [
    "T1 create",
    "T2 create",
    "T5 stream with tools",
    "T37 spent pool",
    "T42 create_stream",
    "T42 chat",
    "T42 chat stream",
    "T42 models",
];

type Outcome = Result<Value, Box<dyn Error>>;
type Sdk = Client<OpenAIConfig>;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("{}", json!({ "cases": CASES }));
    for line in stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
        let name = asked["name"].as_str().expect("a name");
        let base = asked["base"].as_str().expect("a base URL");
        let told = match run(name, &sdk(base)).await {
            Ok(saw) => json!({ "name": name, "ok": true, "saw": saw }),
            Err(error) => json!({ "name": name, "ok": false, "reason": error.to_string() }),
        };
        println!("{told}");
    }
}

fn sdk(base: &str) -> Sdk {
    Client::with_config(OpenAIConfig::new().with_api_base(base).with_api_key("any"))
}

async fn run(name: &str, client: &Sdk) -> Outcome {
    match name {
        "T1 create" | "T2 create" => create(client).await,
        "T5 stream with tools" => stream_with_tools(client).await,
        "T37 spent pool" => spent(client).await,
        "T42 create_stream" => create_stream(client).await,
        "T42 chat" => chat(client).await,
        "T42 chat stream" => chat_stream(client).await,
        "T42 models" => models(client).await,
        _ => Err("no such case".into()),
    }
}

fn equal<T: PartialEq + std::fmt::Debug>(seen: T, expected: T) -> Result<(), Box<dyn Error>> {
    if seen == expected {
        return Ok(());
    }
    Err(format!("{seen:?} is not {expected:?}").into())
}

fn asking(text: &str) -> Result<CreateResponse, OpenAIError> {
    CreateResponseArgs::default()
        .model(MODEL)
        .input(text)
        .build()
}

fn chatting() -> Result<CreateChatCompletionRequest, OpenAIError> {
    let message = ChatCompletionRequestUserMessageArgs::default()
        .content("Hi")
        .build()?;
    CreateChatCompletionRequestArgs::default()
        .model(MODEL)
        .messages([message.into()])
        .build()
}

async fn create(client: &Sdk) -> Outcome {
    let answer = client.responses().create(asking("x")?).await?;
    equal(answer.output_text().as_deref(), Some(GREETING))?;
    Ok(json!(answer.usage.ok_or("no usage")?.total_tokens))
}

async fn create_stream(client: &Sdk) -> Outcome {
    let mut stream = client.responses().create_stream(asking("x")?).await?;
    let mut text = String::new();
    let mut completed = false;
    while let Some(event) = stream.next().await {
        match event? {
            ResponseStreamEvent::ResponseOutputTextDelta(event) => text += &event.delta,
            ResponseStreamEvent::ResponseCompleted(_) => completed = true,
            _ => {}
        }
    }
    equal((text.as_str(), completed), (GREETING, true))?;
    Ok(Value::Null)
}

async fn stream_with_tools(client: &Sdk) -> Outcome {
    let mut request = asking(
        &CALLED
            .map(|text| format!("call: weather {text}"))
            .join("\n"),
    )?;
    request.tools = Some(vec![Tool::Function(FunctionTool {
        name: "weather".into(),
        parameters: Some(json!({ "type": "object", "properties": {} })),
        strict: Some(false),
        ..FunctionTool::default()
    })]);
    let mut stream = client.responses().create_stream(request).await?;
    let mut called = Vec::new();
    while let Some(event) = stream.next().await {
        if let ResponseStreamEvent::ResponseCompleted(event) = event? {
            for item in event.response.output {
                if let OutputItem::FunctionCall(call) = item {
                    called.push(call.arguments);
                }
            }
        }
    }
    equal(called, CALLED.map(String::from).to_vec())?;
    Ok(Value::Null)
}

async fn chat(client: &Sdk) -> Outcome {
    let answer = client.chat().create(chatting()?).await?;
    let [choice] = &answer.choices[..] else {
        return Err("not one choice".into());
    };
    equal(choice.message.content.as_deref(), Some(GREETING))?;
    Ok(Value::Null)
}

async fn chat_stream(client: &Sdk) -> Outcome {
    let mut stream = client.chat().create_stream(chatting()?).await?;
    let mut text = String::new();
    while let Some(chunk) = stream.next().await {
        for choice in chunk?.choices {
            text += choice.delta.content.as_deref().unwrap_or_default();
        }
    }
    equal(text.as_str(), GREETING)?;
    Ok(Value::Null)
}

async fn models(client: &Sdk) -> Outcome {
    let listed = client.models().list().await?;
    equal(listed.data.iter().any(|model| model.id == MODEL), true)?;
    client.models().retrieve(MODEL).await?;
    Ok(Value::Null)
}

async fn spent(client: &Sdk) -> Outcome {
    let started = Instant::now();
    match client.chat().create(chatting()?).await {
        Err(OpenAIError::ApiError(refused)) => {
            let code = refused.api_error.code.as_deref();
            equal(code, Some("insufficient_quota"))?;
            equal(started.elapsed() < Duration::from_secs(1), true)?;
            Ok(Value::Null)
        }
        Err(error) => Err(error.into()),
        Ok(_) => Err("the call succeeded".into()),
    }
}
