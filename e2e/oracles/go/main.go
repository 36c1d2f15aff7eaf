// Command go answers questions about Go's standard library, one JSON line each.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"regexp"
	"strconv"
	"time"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for in.Scan() {
		var q []string
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		encoder.Encode(answer(q))
	}
}

func answer(q []string) string {
	text := func(v any, err error) string {
		if err != nil {
			return "error: " + err.Error()
		}
		return fmt.Sprint(v)
	}
	switch q[0] {
	case "parse-duration":
		d, err := time.ParseDuration(q[1])
		return text(int64(d), err)
	case "format-duration":
		n, _ := strconv.ParseInt(q[1], 10, 64)
		return time.Duration(n).String()
	case "quote":
		return strconv.Quote(q[1])
	case "float":
		bits, _ := strconv.ParseUint(q[1], 10, 64)
		f := mathFloat(bits)
		j, err := json.Marshal(f)
		if err != nil {
			j = []byte("-")
		}
		return fmt.Sprintf("%s %s %s %s %s", strconv.FormatFloat(f, 'g', -1, 64), strconv.FormatFloat(f, 'f', -1, 64),
			strconv.FormatFloat(f, 'e', -1, 64), j, strconv.FormatFloat(f, 'g', -1, 32))
	case "clean":
		return path.Clean(q[1])
	case "base":
		return path.Base(q[1])
	case "dir":
		return path.Dir(q[1])
	case "ext":
		return path.Ext(q[1])
	case "join":
		return path.Join(q[1:]...)
	case "match":
		ok, err := path.Match(q[1], q[2])
		return text(ok, err)
	case "regexp":
		re, err := regexp.Compile(q[1])
		if err != nil {
			return "error: " + err.Error()
		}
		return fmt.Sprint(re.FindAllStringIndex(q[2], -1))
	}
	return "unknown"
}
