// Command yaml answers questions about YAML with the Go packages that users' manifests were written against.
//
// It reads one JSON request per line and answers each with one JSON line, so that a test can ask thousands of
// questions of one process.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	yaml2 "go.yaml.in/yaml/v2"
	yaml3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/kyaml/yaml"
	sigs "sigs.k8s.io/yaml"
)

type request struct {
	Op string `json:"op"`
	In []byte `json:"in"`
}

type answer struct {
	Out   string `json:"out"`
	Error string `json:"err,omitempty"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			var r request
			if err := json.Unmarshal(line, &r); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			encoder.Encode(reply(r))
			if in.Buffered() == 0 {
				out.Flush()
			}
		}
		if err != nil {
			break
		}
	}
	out.Flush()
}

func reply(r request) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = answer{Error: fmt.Sprintf("panic: %v", p)}
		}
	}()
	text, err := answerTo(r)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Out: text}
}

func answerTo(r request) (string, error) {
	switch r.Op {
	case "sigs-read":
		b, err := sigs.YAMLToJSON(r.In)
		return string(b), err
	case "sigs-read-strict":
		b, err := sigs.YAMLToJSONStrict(r.In)
		return string(b), err
	case "sigs-write":
		return write(r.In, sigs.Marshal)
	case "v2-write":
		return write(r.In, yaml2.Marshal)
	case "pretty":
		return write(r.In, pretty)
	case "v3-read":
		return readV3(r.In)
	case "nodes":
		return nodes(r.In)
	case "v3-compact":
		return reemit(r.In, true)
	case "v3-wide":
		return reemit(r.In, false)
	case "tree-compact":
		return writeTree(r.In, true)
	case "tree-wide":
		return writeTree(r.In, false)
	case "kyaml":
		n, err := yaml.Parse(string(r.In))
		if err != nil {
			return "", err
		}
		return n.String()
	}
	return "", fmt.Errorf("unknown request %q", r.Op)
}

// write decodes JSON, with integers as integers, and writes it again.
func write(in []byte, marshal func(any) ([]byte, error)) (string, error) {
	d := json.NewDecoder(bytes.NewReader(in))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return "", err
	}
	b, err := marshal(numbers(value))
	return string(b), err
}

func numbers(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, item := range v {
			v[key] = numbers(item)
		}
	case []any:
		for i, item := range v {
			v[i] = numbers(item)
		}
	case json.Number:
		if !strings.ContainsAny(v.String(), ".eE") {
			var i int64
			if json.Unmarshal([]byte(v), &i) == nil {
				return i
			}
			var u uint64
			if json.Unmarshal([]byte(v), &u) == nil {
				return u
			}
		}
		f, _ := v.Float64()
		return f
	}
	return value
}

func pretty(value any) ([]byte, error) {
	var b bytes.Buffer
	e := yaml3.NewEncoder(&b)
	e.SetIndent(2)
	err := e.Encode(value)
	return b.Bytes(), err
}

func readV3(in []byte) (string, error) {
	d := yaml3.NewDecoder(bytes.NewReader(in))
	documents := []json.RawMessage{}
	for {
		var value any
		err := d.Decode(&value)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		b, err := json.Marshal(value)
		if err != nil {
			return "", err
		}
		documents = append(documents, b)
	}
	b, err := json.Marshal(documents)
	return string(b), err
}

func trees(in []byte) ([]*yaml3.Node, error) {
	d := yaml3.NewDecoder(bytes.NewReader(in))
	var documents []*yaml3.Node
	for {
		var n yaml3.Node
		err := d.Decode(&n)
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, err
		}
		documents = append(documents, &n)
	}
}

func nodes(in []byte) (string, error) {
	documents, err := trees(in)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, n := range documents {
		dump(&b, n, 0)
	}
	return b.String(), nil
}

// dump prints one node per line: kind, short tag, style, anchor, value, comments, line:column.
func dump(b *strings.Builder, n *yaml3.Node, depth int) {
	kind := map[yaml3.Kind]string{
		yaml3.DocumentNode: "doc", yaml3.SequenceNode: "seq", yaml3.MappingNode: "map",
		yaml3.ScalarNode: "scalar", yaml3.AliasNode: "alias",
	}[n.Kind]
	style := "plain"
	switch {
	case n.Style&yaml3.DoubleQuotedStyle != 0:
		style = "double"
	case n.Style&yaml3.SingleQuotedStyle != 0:
		style = "single"
	case n.Style&yaml3.LiteralStyle != 0:
		style = "literal"
	case n.Style&yaml3.FoldedStyle != 0:
		style = "folded"
	case n.Style&yaml3.FlowStyle != 0:
		style = "flow"
	}
	if n.Style&yaml3.TaggedStyle != 0 {
		style += "+tagged"
	}
	tag := n.Tag
	if n.Kind == yaml3.DocumentNode || n.Kind == yaml3.AliasNode {
		tag = ""
	}
	fields, _ := json.Marshal([]string{tag, style, n.Anchor, n.Value, n.HeadComment, n.LineComment, n.FootComment})
	fmt.Fprintf(b, "%s%s %d:%d %s\n", strings.Repeat(" ", depth), kind, n.Line, n.Column, fields)
	for _, child := range n.Content {
		dump(b, child, depth+1)
	}
}

func reemit(in []byte, compact bool) (string, error) {
	documents, err := trees(in)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	e := yaml3.NewEncoder(&b)
	e.SetIndent(2)
	if compact {
		e.CompactSeqIndent()
	}
	for _, n := range documents {
		if err := e.Encode(n); err != nil {
			return "", err
		}
	}
	err = e.Close()
	return b.String(), err
}

// tree is a node made by hand.
type tree struct {
	Kind, Style, Tag, Anchor, Value, Head, Line, Foot string
	Children                                          []*tree
}

func (t *tree) node() *yaml3.Node {
	n := &yaml3.Node{
		Kind: map[string]yaml3.Kind{
			"scalar": yaml3.ScalarNode, "seq": yaml3.SequenceNode, "map": yaml3.MappingNode, "alias": yaml3.AliasNode,
		}[t.Kind],
		Style: map[string]yaml3.Style{
			"single": yaml3.SingleQuotedStyle, "double": yaml3.DoubleQuotedStyle, "literal": yaml3.LiteralStyle,
			"folded": yaml3.FoldedStyle, "flow": yaml3.FlowStyle,
		}[t.Style],
		Tag: t.Tag, Anchor: t.Anchor, Value: t.Value,
		HeadComment: t.Head, LineComment: t.Line, FootComment: t.Foot,
	}
	if t.Tag != "" {
		n.Style |= yaml3.TaggedStyle
	}
	for _, child := range t.Children {
		n.Content = append(n.Content, child.node())
	}
	return n
}

func writeTree(in []byte, compact bool) (string, error) {
	var t tree
	if err := json.Unmarshal(in, &t); err != nil {
		return "", err
	}
	var b bytes.Buffer
	e := yaml3.NewEncoder(&b)
	e.SetIndent(2)
	if compact {
		e.CompactSeqIndent()
	}
	if err := e.Encode(t.node()); err != nil {
		return "", err
	}
	return b.String(), e.Close()
}
