package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/openai/openai-go/v3"
)

var poolCases = []testCase{
	{"T37 spent pool", spent},
	{"T38 busy pool", busy},
	{"T39 empty pool", empty},
}

// A turn with the SDK's own idea of retries.
func timed(base string) (answer *openai.ChatCompletion, err error, took time.Duration, requests int) {
	client, count := counted(base)
	started := time.Now()
	answer, err = client.Chat.Completions.New(context.Background(), chatting("Hi"))
	return answer, err, time.Since(started), *count
}

func spent(base string) (any, error) {
	_, err, took, requests := timed(base)
	if err := refused(err, 429, "insufficient_quota", ""); err != nil {
		return nil, err
	}
	// The error's own text has only the status.
	var refusal *openai.Error
	errors.As(err, &refusal)
	if !strings.Contains(refusal.Message, "The first is back at 20") {
		return nil, fmt.Errorf("no time in %s", refusal.Message)
	}
	if requests != 1 || took > time.Second {
		return nil, fmt.Errorf("%d requests in %v", requests, took)
	}
	return nil, nil
}

func busy(base string) (any, error) {
	answer, err, took, requests := timed(base)
	if err != nil {
		return nil, err
	}
	if requests > 2 || took < 2*time.Second || took > 6*time.Second {
		return nil, fmt.Errorf("%d requests in %v", requests, took)
	}
	return nil, equal(answer.Choices[0].Message.Content, greeting)
}

func empty(base string) (any, error) {
	_, err, _, requests := timed(base)
	if err := refused(err, 400, "no_usable_account", ""); err != nil {
		return nil, err
	}
	return nil, equal(requests, 1)
}
