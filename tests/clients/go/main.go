// openai-go.
package main

func main() {
	serve(append(append(responsesCases, chatCases...), poolCases...))
}
