// Command helm answers what Helm's own packages make of a chart: requests as JSON lines on standard input, answers
// as JSON lines on standard output. It is a reference for tests and never part of the product.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sort"
	"time"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	release "helm.sh/helm/v4/pkg/release/v1"
	"helm.sh/helm/v4/pkg/strvals"
	"sigs.k8s.io/yaml"
)

type request struct {
	// What to do: render, template, set, archive, directory.
	Op          string            `json:"op"`
	Files       map[string][]byte `json:"files"`   // chart files, base64
	Archive     []byte            `json:"archive"` // base64
	Values      string            `json:"values"`  // YAML
	Set         []string          `json:"set"`
	SetString   []string          `json:"setString"`
	SetJSON     []string          `json:"setJSON"`
	SetLiteral  []string          `json:"setLiteral"`
	Name        string            `json:"name"`
	Namespace   string            `json:"namespace"`
	IsUpgrade   bool              `json:"isUpgrade"`
	IncludeCRDs bool              `json:"includeCRDs"`
	SkipSchema  bool              `json:"skipSchema"`
	KubeVersion string            `json:"kubeVersion"`
	APIVersions []string          `json:"apiVersions"`
	Revision    int               `json:"revision"`
}

type hook struct {
	Name           string   `json:"name"`
	Kind           string   `json:"kind"`
	Path           string   `json:"path"`
	Manifest       string   `json:"manifest"`
	Events         []string `json:"events"`
	Weight         int      `json:"weight"`
	DeletePolicies []string `json:"deletePolicies"`
	LogPolicies    []string `json:"logPolicies"`
}

type answer struct {
	Error    string            `json:"error"`
	Files    map[string][]byte `json:"files,omitempty"` // rendered, base64
	Manifest []byte            `json:"manifest,omitempty"`
	Notes    []byte            `json:"notes,omitempty"`
	Hooks    []hook            `json:"hooks,omitempty"`
	Values   json.RawMessage   `json:"values,omitempty"`
	Names    []string          `json:"names,omitempty"`
	Release  json.RawMessage   `json:"release,omitempty"`
}

func load(r request) (*chart.Chart, error) {
	if r.Archive != nil {
		return loader.LoadArchive(bytes.NewReader(r.Archive))
	}
	if r.Op == "directory" {
		directory, err := os.MkdirTemp("", "chart")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(directory)
		for name, data := range r.Files {
			path := filepath.Join(directory, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return nil, err
			}
			if err := os.WriteFile(path, data, 0o644); err != nil {
				return nil, err
			}
		}
		return loader.LoadDir(directory)
	}
	names := make([]string, 0, len(r.Files))
	for name := range r.Files {
		names = append(names, name)
	}
	sort.Strings(names)
	files := make([]*archive.BufferedFile, 0, len(names))
	for _, name := range names {
		files = append(files, &archive.BufferedFile{Name: name, Data: r.Files[name], ModTime: time.Unix(0, 0)})
	}
	return loader.LoadFiles(files)
}

func values(r request) (map[string]any, error) {
	result := map[string]any{}
	if err := yaml.Unmarshal([]byte(r.Values), &result); err != nil {
		return nil, err
	}
	if result == nil {
		result = map[string]any{}
	}
	for _, s := range r.SetJSON {
		if err := strvals.ParseJSON(s, result); err != nil {
			return nil, err
		}
	}
	for _, s := range r.Set {
		if err := strvals.ParseInto(s, result); err != nil {
			return nil, err
		}
	}
	for _, s := range r.SetString {
		if err := strvals.ParseIntoString(s, result); err != nil {
			return nil, err
		}
	}
	for _, s := range r.SetLiteral {
		if err := strvals.ParseLiteralInto(s, result); err != nil {
			return nil, err
		}
	}
	return result, nil
}

func names(c *chart.Chart, prefix string, out []string) []string {
	out = append(out, prefix+c.Name()+" "+c.Metadata.Version)
	for _, f := range c.Templates {
		out = append(out, prefix+"template "+f.Name)
	}
	for _, f := range c.Files {
		out = append(out, prefix+"file "+f.Name)
	}
	sort.Strings(out[1:])
	for _, d := range c.Dependencies() {
		out = names(d, prefix+d.Name()+": ", out)
	}
	return out
}

func texts[T ~string](items []T) []string {
	out := []string{}
	for _, item := range items {
		out = append(out, string(item))
	}
	return out
}

func run(r request) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a.Error = fmt.Sprintf("panic: %v", p)
		}
	}()
	fail := func(err error) answer { return answer{Error: err.Error()} }
	vals, err := values(r)
	if err != nil {
		return fail(err)
	}
	if r.Op == "set" {
		encoded, err := json.Marshal(vals)
		if err != nil {
			return fail(err)
		}
		return answer{Values: encoded}
	}
	c, err := load(r)
	if err != nil {
		return fail(err)
	}
	caps := common.DefaultCapabilities.Copy()
	var kubeVersion *common.KubeVersion
	if r.KubeVersion != "" {
		kubeVersion, err = common.ParseKubeVersion(r.KubeVersion)
		if err != nil {
			return fail(err)
		}
		caps.KubeVersion = *kubeVersion
	}
	caps.APIVersions = append(caps.APIVersions, r.APIVersions...)
	switch r.Op {
	case "archive", "directory":
		return answer{Names: names(c, "", nil)}
	case "render", "values":
		if err := c.Validate(); err != nil {
			return fail(err)
		}
		if err := chartutil.ProcessDependencies(c, vals); err != nil {
			return fail(err)
		}
		options := common.ReleaseOptions{
			Name: r.Name, Namespace: r.Namespace, Revision: max(r.Revision, 1),
			IsInstall: !r.IsUpgrade, IsUpgrade: r.IsUpgrade,
		}
		toRender, err := util.ToRenderValuesWithSchemaValidation(c, vals, options, caps, r.SkipSchema)
		if err != nil {
			return fail(err)
		}
		if r.Op == "values" {
			encoded, err := json.Marshal(toRender["Values"])
			if err != nil {
				return fail(err)
			}
			return answer{Values: encoded}
		}
		rendered, err := engine.Render(c, toRender)
		if err != nil {
			return fail(err)
		}
		files := map[string][]byte{}
		for name, text := range rendered {
			files[name] = []byte(text)
		}
		return answer{Files: files}
	case "template":
		install := action.NewInstall(&action.Configuration{})
		install.DryRunStrategy = action.DryRunClient
		install.ReleaseName = r.Name
		install.Namespace = r.Namespace
		install.Replace = true
		install.IsUpgrade = r.IsUpgrade
		install.IncludeCRDs = r.IncludeCRDs
		install.SkipSchemaValidation = r.SkipSchema
		install.KubeVersion = kubeVersion
		install.APIVersions = r.APIVersions
		releaser, err := install.Run(c, vals)
		if err != nil {
			return fail(err)
		}
		rel := releaser.(*release.Release)
		hooks := []hook{}
		for _, h := range rel.Hooks {
			hooks = append(hooks, hook{
				Name: h.Name, Kind: h.Kind, Path: h.Path, Manifest: h.Manifest, Events: texts(h.Events),
				Weight: h.Weight, DeletePolicies: texts(h.DeletePolicies), LogPolicies: texts(h.OutputLogPolicies),
			})
		}
		encoded, err := json.Marshal(rel)
		if err != nil {
			return fail(err)
		}
		return answer{Manifest: []byte(rel.Manifest), Notes: []byte(rel.Info.Notes), Hooks: hooks, Release: encoded}
	}
	return answer{Error: "unknown op " + r.Op}
}

func main() {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 512<<20)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for in.Scan() {
		var r request
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			_ = encoder.Encode(answer{Error: "request: " + err.Error()})
		} else {
			_ = encoder.Encode(run(r))
		}
		_ = out.Flush()
	}
}
