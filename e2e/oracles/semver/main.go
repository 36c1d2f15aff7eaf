// Answers what Masterminds/semver thinks of a constraint and versions: one JSON request and answer a line.
package main

import (
	"bufio"
	"encoding/json"
	"os"

	"github.com/Masterminds/semver/v3"
)

type request struct {
	Constraint string   `json:"constraint"`
	Versions   []string `json:"versions"`
}

type version struct {
	Error       string   `json:"error"`
	StrictError string   `json:"strictError"`
	Text        string   `json:"text"`
	Matches     bool     `json:"matches"`
	Rejections  []string `json:"rejections"`
	// How this version compares with the one in front of it, if both are versions.
	Order int `json:"order"`
}

type answer struct {
	Error    string    `json:"error"`
	Text     string    `json:"text"`
	Versions []version `json:"versions"`
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
		if err := out.Encode(examine(r)); err != nil {
			panic(err)
		}
	}
}

func examine(r request) answer {
	var a answer
	constraints, err := semver.NewConstraint(r.Constraint)
	if err != nil {
		a.Error = err.Error()
	} else {
		a.Text = constraints.String()
	}
	var last *semver.Version
	for _, text := range r.Versions {
		one := version{Rejections: []string{}}
		if _, err := semver.StrictNewVersion(text); err != nil {
			one.StrictError = err.Error()
		}
		v, err := semver.NewVersion(text)
		if err != nil {
			one.Error = err.Error()
			v = nil
		} else {
			one.Text = v.String()
			if constraints != nil {
				one.Matches = constraints.Check(v)
				_, reasons := constraints.Validate(v)
				for _, reason := range reasons {
					one.Rejections = append(one.Rejections, reason.Error())
				}
			}
			if last != nil {
				one.Order = v.Compare(last)
			}
		}
		last = v
		a.Versions = append(a.Versions, one)
	}
	return a
}
