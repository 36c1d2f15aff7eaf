// Command template answers what Go's own text/template makes of a text: requests as JSON lines on standard input,
// answers as JSON lines on standard output. It is a reference for tests and never part of the product.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"text/template"
)

type request struct {
	Text string `json:"text"`
	Data any    `json:"data"`
}

type answer struct {
	Output string `json:"output"` // base64: output need not be UTF-8
	Error  string `json:"error"`
}

func execute(r request) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a.Error = "panic"
		}
	}()
	t, err := template.New("t").Option("missingkey=zero").Funcs(template.FuncMap{
		"list":    func(v ...any) []any { return v },
		"dict":    func() map[string]any { return map[string]any{} },
		"int64of": func(v int) int64 { return int64(v) },
		"upper":   func(s string) string { return strings.ToUpper(s) },
		"words":   func(s string) []string { return strings.Fields(s) },
		"bytes":   func(s string) []byte { return []byte(s) },
		"float":   func(f float64) float64 { return f },
		"keys":    func(m map[string]any) int { return len(m) },
		"count":   func(l []any) int { return len(l) },
		"labels":  func() map[string]string { return map[string]string{"a": "b"} },
	}).Parse(r.Text)
	if err != nil {
		return answer{Error: err.Error()}
	}
	var out strings.Builder
	if err := t.Execute(&out, r.Data); err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Output: base64.StdEncoding.EncodeToString([]byte(out.String()))}
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 64<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var r request
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			_ = out.Encode(answer{Error: "request: " + err.Error()})
			continue
		}
		_ = out.Encode(execute(r))
	}
}
