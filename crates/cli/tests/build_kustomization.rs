//! `ferroflux build kustomization` beside `kustomize build`, both as programs.
#![allow(clippy::disallowed_types, reason = "tests start both programs")]

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Output},
};

use ferroflux_programs::GoProgram;

const DEPLOYMENT: &str =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 1}\n";
const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: x}\n";

fn tree() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let write = |path: &str, text: &str| {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("can create");
        fs::write(path, text).expect("can write");
    };
    write("app/kustomization.yaml", "resources: [d.yaml, cm.yaml]\nnamePrefix: p-\nbases: [../base]\n");
    write("app/d.yaml", DEPLOYMENT);
    write("app/cm.yaml", CONFIG_MAP);
    write("base/kustomization.yaml", "resources: [ns.yaml]\n");
    write("base/ns.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n");
    write("outside/kustomization.yaml", "resources: [../app/d.yaml]\n");
    directory
}

fn ours(directory: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ferroflux"))
        .current_dir(directory)
        .args(["build", "kustomization"])
        .args(args)
        .output()
        .expect("the program runs")
}

fn reference(directory: &Path, args: &[&str]) -> Output {
    let program = GoProgram::new("e2e/oracles/kustomize").path().expect("builds");
    Command::new(program).current_dir(directory).arg("build").args(args).output().expect("runs")
}

/// design.md section 5: prints exactly what `kustomize build DIR` prints
#[test]
fn the_command_prints_what_kustomize_prints() {
    let tree = tree();
    for args in [
        &["app"] as &[&str],
        &["app", "--reorder", "none"],
        &["--load-restrictor", "LoadRestrictionsNone", "outside"],
        &["outside"],
    ] {
        let (ours, reference) = (ours(tree.path(), args), reference(tree.path(), args));
        assert_eq!(
            String::from_utf8_lossy(&ours.stdout),
            String::from_utf8_lossy(&reference.stdout),
            "{args:?}"
        );
        assert_eq!(ours.status.code(), reference.status.code(), "{args:?}");
        if !ours.status.success() {
            assert_eq!(
                String::from_utf8_lossy(&ours.stderr),
                String::from_utf8_lossy(&reference.stderr),
                "{args:?}"
            );
        }
    }
}

/// design.md section 5: `--output` is a file, or a directory that gets one file per object
#[test]
fn output_goes_to_a_file_or_to_one_file_per_object() {
    let tree = tree();
    let mut results = Vec::new();
    for program in [ours, reference] {
        let out = tempfile::tempdir().expect("a directory");
        let out_text = out.path().to_str().expect("UTF-8");
        assert!(program(tree.path(), &["app", "-o", out_text]).status.success());
        let file = out.path().join("all");
        let file_text = file.to_str().expect("UTF-8");
        assert!(program(tree.path(), &["app", "--output", file_text]).status.success());
        let files: BTreeMap<String, String> = fs::read_dir(out.path())
            .expect("readable")
            .map(|entry| {
                let entry = entry.expect("readable");
                let text = fs::read_to_string(entry.path()).expect("text");
                (entry.file_name().to_string_lossy().into_owned(), text)
            })
            .collect();
        assert!(files.len() > 3);
        results.push(files);
    }
    assert_eq!(results[0], results[1]);
}

/// design.md section 5: errors on standard error, exit code 1
#[test]
fn an_error_goes_to_standard_error_with_exit_code_1() {
    let tree = tree();
    let output = ours(tree.path(), &["nowhere"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("Error: "));
}
