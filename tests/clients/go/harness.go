package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// What all cases share, as node/harness.mjs has it for Node.

const (
	model    = "gpt-6.2-sol"
	greeting = "Hello there!"
	calls    = "call: weather {\"city\": \"Zurich\"}\ncall: weather {\"city\":  \"Bern\"}"
)

var called = []string{`{"city": "Zurich"}`, `{"city":  "Bern"}`}

var weather = map[string]any{
	"type":                 "object",
	"properties":           map[string]any{"city": map[string]any{"type": "string"}},
	"required":             []string{"city"},
	"additionalProperties": false,
}

// A test: what it has to tell, or why it failed.
type testCase struct {
	name string
	run  func(base string) (any, error)
}

func serve(cases []testCase) {
	names := []string{}
	byName := map[string]testCase{}
	for _, one := range cases {
		names = append(names, one.name)
		byName[one.name] = one
	}
	tell(map[string]any{"cases": names})
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var asked struct{ Name, Base string }
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		saw, err := byName[asked.Name].run(asked.Base)
		if err != nil {
			tell(map[string]any{"name": asked.Name, "ok": false, "reason": err.Error()})
			continue
		}
		tell(map[string]any{"name": asked.Name, "ok": true, "saw": saw})
	}
}

func tell(line map[string]any) {
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}

func sdk(base string) openai.Client {
	return openai.NewClient(
		option.WithBaseURL(base),
		option.WithAPIKey("any"),
		option.WithMaxRetries(0),
	)
}

// One with its own idea of retries, and how often it has asked.
func counted(base string) (openai.Client, *int) {
	requests := 0
	count := func(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		requests++
		return next(req)
	}
	client := openai.NewClient(
		option.WithBaseURL(base),
		option.WithAPIKey("any"),
		option.WithMiddleware(count),
	)
	return client, &requests
}

func equal(seen, expected any) error {
	one, _ := json.Marshal(seen)
	other, _ := json.Marshal(expected)
	if string(one) != string(other) {
		return fmt.Errorf("%s is not %s", one, other)
	}
	return nil
}

// Fails unless the call was refused with these words.
func refused(err error, status int, code, param string) error {
	var refusal *openai.Error
	if !errors.As(err, &refusal) {
		return fmt.Errorf("not an error of the API: %v", err)
	}
	return equal(
		[]any{refusal.StatusCode, refusal.Code, refusal.Param},
		[]any{status, code, param},
	)
}
