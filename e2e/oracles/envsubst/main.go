// Substitutes variables the way Flux does: one JSON request and answer a line. A crash is answered as such.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"unicode/utf8"

	"github.com/fluxcd/pkg/envsubst"
)

type request struct {
	Text      string            `json:"text"`
	Variables map[string]string `json:"variables"`
	Strict    bool              `json:"strict"`
}

type answer struct {
	Text    string `json:"text"`
	Error   string `json:"error"`
	Crashed bool   `json:"crashed"`
	// The result is no UTF-8, so Text is not what came out.
	Broken bool `json:"broken"`
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for in.Scan() {
		var r request
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			panic(err)
		}
		if err := out.Encode(substitute(r)); err != nil {
			panic(err)
		}
	}
}

func substitute(r request) (a answer) {
	defer func() {
		if recover() != nil {
			a = answer{Crashed: true}
		}
	}()
	text, err := envsubst.Eval(r.Text, func(name string) (string, bool) {
		value, ok := r.Variables[name]
		return value, ok || !r.Strict
	})
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Text: text, Broken: !utf8.ValidString(text)}
}
