// Answers which paths Flux's ignore rules exclude: one JSON request and answer a line.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"

	"github.com/fluxcd/pkg/sourceignore"
)

type file struct {
	Directory string `json:"directory"`
	Content   string `json:"content"`
}

type path struct {
	Path      string `json:"path"`
	Directory bool   `json:"directory"`
}

type request struct {
	Files []file `json:"files"`
	Paths []path `json:"paths"`
}

func components(path string) []string {
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var r request
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			panic(err)
		}
		patterns := sourceignore.VCSPatterns(nil)
		none := len(patterns)
		for _, f := range r.Files {
			patterns = append(patterns, sourceignore.ReadPatterns(strings.NewReader(f.Content), components(f.Directory))...)
		}
		matcher := sourceignore.NewMatcher(patterns)
		if len(patterns) == none {
			matcher = sourceignore.NewDefaultMatcher(nil, nil)
		}
		excluded := make([]bool, 0, len(r.Paths))
		for _, p := range r.Paths {
			excluded = append(excluded, matcher.Match(components(p.Path), p.Directory))
		}
		if err := out.Encode(excluded); err != nil {
			panic(err)
		}
	}
}
