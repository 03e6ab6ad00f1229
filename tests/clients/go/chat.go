package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/packages/ssestream"
)

var chatCases = []testCase{
	{"T12 models", models},
	{"T13 create", createChat},
	{"T14 stream with usage", streamUsage},
	{"T16 two calls", twoCalls},
	{"T17 stream", streamedCalls},
	{"T18 stream without deltas", streamedCalls},
	{"T19 stream with interleaved deltas", streamedCalls},
	{"T23 refusal", refusal},
	{"T25 failed after content", failedChat},
	{"T26 cut: chat", cutChat},
	{"T28 n", twoChoices},
	{"T35 embeddings", embeddings},
}

func chatting(text string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model:    model,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(text)},
	}
}

func asksForCalls() openai.ChatCompletionNewParams {
	params := chatting(calls)
	params.Tools = []openai.ChatCompletionToolUnionParam{
		openai.ChatCompletionFunctionTool(openai.FunctionDefinitionParam{
			Name:       "weather",
			Parameters: weather,
		}),
	}
	return params
}

func models(base string) (any, error) {
	client := sdk(base)
	page, err := client.Models.List(context.Background())
	if err != nil {
		return nil, err
	}
	for _, one := range page.Data {
		if one.ID == "codex-auto-review" {
			return nil, errors.New("a hidden model is listed")
		}
	}
	if _, err := client.Models.Get(context.Background(), model); err != nil {
		return nil, err
	}
	_, err = client.Models.Get(context.Background(), "nope")
	return nil, refused(err, 404, "model_not_found", "model")
}

func usageOf(usage openai.CompletionUsage) map[string]int64 {
	return map[string]int64{
		"prompt_tokens":     usage.PromptTokens,
		"completion_tokens": usage.CompletionTokens,
		"total_tokens":      usage.TotalTokens,
	}
}

func createChat(base string) (any, error) {
	client := sdk(base)
	params := chatting("Hi")
	params.Messages = append(
		[]openai.ChatCompletionMessageParamUnion{openai.SystemMessage("Be short.")},
		params.Messages...,
	)
	answer, err := client.Chat.Completions.New(context.Background(), params)
	if err != nil {
		return nil, err
	}
	choice := answer.Choices[0]
	seen := []any{answer.Object, choice.Message.Content, choice.FinishReason}
	return usageOf(answer.Usage), equal(seen, []any{"chat.completion", greeting, "stop"})
}

// All chunks of a turn put together.
func accumulated(base string, params openai.ChatCompletionNewParams) (openai.ChatCompletionAccumulator, error) {
	client := sdk(base)
	stream := client.Chat.Completions.NewStreaming(context.Background(), params)
	sum := openai.ChatCompletionAccumulator{}
	for stream.Next() {
		if !sum.AddChunk(stream.Current()) {
			return sum, errors.New("a chunk does not belong to the others")
		}
	}
	return sum, stream.Err()
}

func streamUsage(base string) (any, error) {
	params := chatting("Hi")
	params.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
	sum, err := accumulated(base, params)
	if err != nil {
		return nil, err
	}
	return usageOf(sum.Usage), equal(sum.Choices[0].Message.Content, greeting)
}

func assertTwoCalls(choice openai.ChatCompletionChoice) error {
	seen := []string{}
	ids := map[string]bool{}
	for _, call := range choice.Message.ToolCalls {
		seen = append(seen, call.Function.Arguments)
		ids[call.ID] = true
	}
	if err := equal(seen, called); err != nil {
		return err
	}
	return equal([]any{choice.FinishReason, len(ids)}, []any{"tool_calls", 2})
}

func twoCalls(base string) (any, error) {
	client := sdk(base)
	answer, err := client.Chat.Completions.New(context.Background(), asksForCalls())
	if err != nil {
		return nil, err
	}
	return nil, assertTwoCalls(answer.Choices[0])
}

func streamedCalls(base string) (any, error) {
	sum, err := accumulated(base, asksForCalls())
	if err != nil {
		return nil, err
	}
	return nil, assertTwoCalls(sum.Choices[0])
}

func refusal(base string) (any, error) {
	client := sdk(base)
	answer, err := client.Chat.Completions.New(
		context.Background(), chatting("refuse: I cannot do that."),
	)
	if err != nil {
		return nil, err
	}
	return nil, equal(answer.Choices[0].Message.Refusal, "I cannot do that.")
}

// Fails unless the stream ended with an error of that code.
func broken(err error, code string) error {
	var stream *ssestream.StreamError
	if !errors.As(err, &stream) {
		return fmt.Errorf("not an error of the stream: %v", err)
	}
	if !strings.Contains(string(stream.Event.Data), code) {
		return fmt.Errorf("no %s in %s", code, stream.Event.Data)
	}
	return nil
}

func failedChat(base string) (any, error) {
	_, err := accumulated(base, chatting("Hi"))
	return nil, broken(err, "server_error")
}

func cutChat(base string) (any, error) {
	_, err := accumulated(base, chatting("Hi"))
	return nil, broken(err, "stream_interrupted")
}

func twoChoices(base string) (any, error) {
	client := sdk(base)
	params := chatting("Hi")
	params.N = param.NewOpt[int64](2)
	_, err := client.Chat.Completions.New(context.Background(), params)
	return nil, refused(err, 400, "unsupported_value", "n")
}

func embeddings(base string) (any, error) {
	client, requests := counted(base)
	_, err := client.Embeddings.New(context.Background(), openai.EmbeddingNewParams{
		Model: model,
		Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String("x")},
	})
	if err := refused(err, 404, "unsupported_endpoint", ""); err != nil {
		return nil, err
	}
	return nil, equal(*requests, 1)
}
