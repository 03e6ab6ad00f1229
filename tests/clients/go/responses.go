package main

import (
	"context"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
)

var responsesCases = []testCase{
	{"T1 create", create},
	{"T2 create", create},
	{"T3 stream", streamResponse},
	{"T5 stream with tools", streamCalls},
	{"T8 background", background},
	{"T9 previous_response_id", previous},
	{"T10 missing", missing},
	{"T11 stored responses", stored},
	{"T26 cut: responses", cutResponse},
}

func asking(text string) responses.ResponseNewParams {
	return responses.ResponseNewParams{
		Model: model,
		Input: responses.ResponseNewParamsInputUnion{OfString: openai.String(text)},
	}
}

func create(base string) (any, error) {
	client := sdk(base)
	answer, err := client.Responses.New(context.Background(), asking("x"))
	if err != nil {
		return nil, err
	}
	seen := []any{answer.OutputText(), answer.Status}
	return answer.Usage.TotalTokens, equal(seen, []any{greeting, "completed"})
}

// The response that ends the turn.
func final(base string, params responses.ResponseNewParams) (responses.Response, error) {
	client := sdk(base)
	stream := client.Responses.NewStreaming(context.Background(), params)
	var last responses.Response
	for stream.Next() {
		if event := stream.Current(); event.Type == "response.completed" {
			last = event.Response
		}
	}
	return last, stream.Err()
}

func streamResponse(base string) (any, error) {
	for range 3 {
		answer, err := final(base, asking("x"))
		if err != nil {
			return nil, err
		}
		if err := equal(answer.OutputText(), greeting); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func streamCalls(base string) (any, error) {
	params := asking(calls)
	params.Tools = []responses.ToolUnionParam{responses.ToolParamOfFunction("weather", weather, true)}
	answer, err := final(base, params)
	if err != nil {
		return nil, err
	}
	seen := []string{}
	for _, item := range answer.Output {
		seen = append(seen, item.AsFunctionCall().Arguments)
	}
	return nil, equal(seen, called)
}

func background(base string) (any, error) {
	client := sdk(base)
	params := asking("x")
	params.Background = openai.Bool(true)
	_, err := client.Responses.New(context.Background(), params)
	return nil, refused(err, 400, "unsupported_parameter", "background")
}

func previous(base string) (any, error) {
	client := sdk(base)
	params := asking("x")
	params.PreviousResponseID = openai.String("resp_1")
	_, err := client.Responses.New(context.Background(), params)
	return nil, refused(err, 400, "previous_response_not_found", "previous_response_id")
}

func missing(base string) (any, error) {
	client := sdk(base)
	_, err := client.Responses.New(
		context.Background(), asking("x"), option.WithJSONDel("model"),
	)
	if err := refused(err, 400, "missing_required_parameter", "model"); err != nil {
		return nil, err
	}
	_, err = client.Responses.New(
		context.Background(), asking("x"), option.WithJSONDel("input"),
	)
	return nil, refused(err, 400, "missing_required_parameter", "input")
}

func stored(base string) (any, error) {
	client := sdk(base)
	_, err := client.Responses.Get(
		context.Background(), "resp_1", responses.ResponseGetParams{},
	)
	return nil, refused(err, 404, "response_not_found", "response_id")
}

func cutResponse(base string) (any, error) {
	_, err := final(base, asking("x"))
	return nil, broken(err, "stream_interrupted")
}
