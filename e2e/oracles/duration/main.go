// Answers for each line of its input, a JSON string, how many nanoseconds time.ParseDuration reads in it, or "error".
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	answers := bufio.NewWriter(os.Stdout)
	defer answers.Flush()
	for lines.Scan() {
		var text string
		if err := json.Unmarshal(lines.Bytes(), &text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if duration, err := time.ParseDuration(text); err == nil {
			fmt.Fprintln(answers, duration.Nanoseconds())
		} else {
			fmt.Fprintln(answers, "error")
		}
	}
}
