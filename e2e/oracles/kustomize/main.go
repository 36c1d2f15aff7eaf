// Runs `kustomize build` for many directories in one process and answers each as a JSON line.
//
// Without arguments it reads requests, one JSON object a line: {"dir": "...", "args": ["--flag"]}. With arguments
// it is the plain command (`build DIR`), which is what benchmarks time. Every request goes through the command's
// own cobra code, so flags, default order and error prefixes are the program's.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"sigs.k8s.io/kustomize/kustomize/v5/commands"
	"sigs.k8s.io/kustomize/kustomize/v5/commands/build"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/openapi"
)

type request struct {
	Dir  string   `json:"dir"`
	Args []string `json:"args"`
}

type answer struct {
	Output   string `json:"output"`
	Error    string `json:"error"`
	Warnings string `json:"warnings"`
}

func main() {
	if len(os.Args) > 1 {
		if err := commands.NewDefaultCommand().Execute(); err != nil {
			os.Exit(1)
		}
		return
	}
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var r request
			if err := json.Unmarshal(line, &r); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(2)
			}
			if err := out.Encode(run(r)); err != nil {
				os.Exit(2)
			}
		}
		if err != nil {
			return
		}
	}
}

// run builds one directory. Schema state of an earlier build is dropped first, as in a new process.
func run(r request) (a answer) {
	openapi.ResetOpenAPI()
	var stdout, stderr bytes.Buffer
	defer func() {
		a.Output, a.Warnings = stdout.String(), stderr.String()
		if p := recover(); p != nil {
			a.Error = fmt.Sprintf("panic: %v", p)
		}
	}()
	command := build.NewCmdBuild(filesys.MakeFsOnDisk(), build.MakeHelp("kustomize", "build"), &stdout)
	command.SetArgs(append([]string{r.Dir}, r.Args...))
	// The result goes to the writer given above; this is for notices such as those about deprecated flags.
	command.SetOut(&stderr)
	command.SetErr(&stderr)
	command.SilenceErrors = true
	command.SilenceUsage = true
	if err := command.Execute(); err != nil {
		a.Error = strings.TrimSuffix(err.Error(), "\n")
	}
	return a
}
