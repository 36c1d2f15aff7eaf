//! `ferroflux template` beside `helm template`: same output to the byte.
#![expect(clippy::disallowed_types, reason = "tests start programs")]

use std::{fs, path::Path, process::Command};

use ferroflux_programs::GoProgram;

const FILES: &[(&str, &str)] = &[
    ("Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\nappVersion: \"2\"\n"),
    ("values.yaml", "replicas: 1\nimage: {name: web, tag: v1}\n"),
    (".helmignore", "*.bak\n/secret/\n"),
    ("old.bak", "x"),
    ("secret/key.txt", "k"),
    ("conf/a.txt", "a\n"),
    (
        "crds/crd.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\n",
    ),
    ("templates/_helpers.tpl", "{{ define \"name\" }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}"),
    (
        "templates/deployment.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ include \"name\" . }}\n  namespace: \
         {{ .Release.Namespace }}\nspec:\n  replicas: {{ .Values.replicas }}\n  image: {{ .Values.image | toJson }}\n  up: \
         {{ .Release.IsUpgrade }}\n  kube: {{ .Capabilities.KubeVersion.Version }} {{ .Capabilities.APIVersions.Has \
         \"x/v1\" }}\n",
    ),
    (
        "templates/config.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  files: {{ range $k, $_ := .Files }}{{ $k }} \
         {{ end }}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\n",
    ),
    (
        "templates/tests/t.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\n",
    ),
    (
        "templates/hook.yaml",
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, annotations: {helm.sh/hook: pre-install}}\n",
    ),
    ("templates/NOTES.txt", "notes\n"),
    ("more.yaml", "replicas: 5\nimage: {tag: v2}\n"),
];

fn write_chart(directory: &Path) {
    for (name, content) in FILES {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, content).expect("a file");
    }
}

/// helm-engine.md 3 and 8
#[test]
fn template_prints_what_helm_prints() {
    let helm =
        GoProgram::new("e2e/oracles/helm").package("helm.sh/helm/v4/cmd/helm").path().expect("helm builds");
    let directory = tempfile::tempdir().expect("a directory");
    let chart = directory.path().join("app");
    write_chart(&chart);
    let chart = chart.to_str().expect("a path");
    let more = format!("{chart}/more.yaml");
    let cases: &[&[&str]] = &[
        &["web", chart],
        &[chart],
        &["web", chart, "-n", "prod", "--set", "replicas=3,image.tag=v9", "--set-string", "extra=1"],
        &["web", chart, "-f", &more, "--values", &more],
        &["web", chart, "--include-crds", "--is-upgrade", "--skip-tests"],
        &["web", chart, "--no-hooks"],
        &["web", chart, "--kube-version", "1.30.2", "-a", "x/v1"],
        &["web", chart, "-s", "templates/config.yaml"],
        &["web", chart, "--show-only", "templates/*.yaml", "-s", "templates/tests/t.yaml"],
        &["web", chart, "-s", "templates/none.yaml"],
        &["web", chart, "--set", "a"],
    ];
    for case in cases {
        let run = |program: &Path| {
            let output = Command::new(program)
                .arg("template")
                .args(*case)
                .env("HOME", directory.path())
                .env_remove("HELM_NAMESPACE")
                .output()
                .expect("the program starts");
            (output.status.success(), output.stdout, output.stderr)
        };
        let (theirs_ok, theirs, their_error) = run(&helm);
        let (ours_ok, ours, our_error) = run(Path::new(env!("CARGO_BIN_EXE_ferroflux")));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(
            (ours_ok, text(&ours)),
            (theirs_ok, text(&theirs)),
            "{case:?}\n{}\n{}",
            text(&our_error),
            text(&their_error)
        );
        if !theirs_ok {
            assert_eq!(text(&our_error), text(&their_error), "{case:?}");
        }
    }
}
