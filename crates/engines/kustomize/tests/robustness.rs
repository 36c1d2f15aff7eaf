//! What must hold whatever a repository contains: confinement, bounds, determinism, no state between builds.

use std::{sync::Arc, thread};

use ferroflux_kustomize::{
    Build, Checkout, Error, ErrorKind, FileTree, Limits, MemoryTree, Options, RemoteError, RemoteSource,
    RepositoryAddress, build,
};

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

fn tree(files: &[(&str, &str)]) -> MemoryTree {
    let mut tree = MemoryTree::new();
    for (path, content) in files {
        tree.add_file(path, content.as_bytes().to_vec());
    }
    tree
}

fn flux(tree: MemoryTree, path: &str) -> Result<Build, Error> {
    build(Arc::new(tree), path, &Options::flux("/src"), None)
}

fn refused(tree: MemoryTree, path: &str) -> Error {
    flux(tree, path).expect_err("refused")
}

/// kustomize-engine.md 1.2: scenario 53
#[test]
fn a_symlink_out_of_the_root_is_refused() {
    let mut tree =
        tree(&[("/src/app/kustomization.yaml", "resources: [link.yaml]\n"), ("/other/a.yaml", CONFIG_MAP)]);
    tree.add_link("/src/app/link.yaml", "../../other/a.yaml");
    let error = refused(tree, "/src/app");
    assert_eq!(error.kind(), ErrorKind::Confinement);
    let text = error.to_string();
    assert!(
        text.contains(
            "fs-security-constraint open /src/app/link.yaml: path '/src/app/link.yaml' is not in or below '/src'"
        ),
        "{text}"
    );
}

/// kustomize-engine.md 1.2: dots, absolute paths, symlinks to directories and in directories
#[test]
fn no_path_leaves_the_root() {
    let outside = [("/other/a.yaml", CONFIG_MAP), ("/other/kustomization.yaml", "resources: [a.yaml]\n")];
    for file in [
        "resources: [../../other/a.yaml]\n",
        "resources: [../../other]\n",
        "resources: [/other/a.yaml]\n",
        "resources: [/other]\n",
        "resources: [link]\n",
        "resources: [link/a.yaml]\n",
        "resources: [deep/link/a.yaml]\n",
        "components: [../../other]\n",
        "patches: [{path: ../../other/a.yaml}]\n",
        "configMapGenerator: [{name: x, files: [/other/a.yaml]}]\n",
        "configMapGenerator: [{name: x, envs: [../../other/a.yaml]}]\n",
        "configurations: [../../other/a.yaml]\n",
        "crds: [../../other/a.yaml]\n",
        "openapi: {path: ../../other/a.yaml}\n",
        "transformers: [../../other/a.yaml]\n",
        "replacements: [{path: ../../other/a.yaml}]\n",
        "patchesStrategicMerge: [../../other/a.yaml]\n",
    ] {
        let mut tree = tree(&outside);
        tree.add_file("/src/app/kustomization.yaml", file.as_bytes().to_vec());
        tree.add_link("/src/app/link", "/other");
        tree.add_link("/src/app/deep/link", "../../../other");
        let error = refused(tree, "/src/app");
        assert_eq!(error.kind(), ErrorKind::Confinement, "{file}{error}");
    }
}

/// kustomize-engine.md 1.2: files above the kustomization but inside the root are allowed for Flux
#[test]
fn files_elsewhere_in_the_root_may_be_named() {
    let tree = tree(&[
        ("/src/app/kustomization.yaml", "resources: [../shared/a.yaml, /src/shared/b.yaml]\n"),
        ("/src/shared/a.yaml", CONFIG_MAP),
        ("/src/shared/b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n"),
    ]);
    assert_eq!(flux(tree, "/src/app").expect("builds").objects.len(), 2);
}

/// kustomize-engine.md 4.1: missing files in Flux mode
#[test]
fn a_missing_file_is_named_as_flux_names_it() {
    let error = refused(tree(&[("/src/kustomization.yaml", "resources: [nope.yaml]\n")]), "/src");
    assert_eq!(
        error.to_string(),
        "accumulating resources: accumulation err='accumulating resources from 'nope.yaml': open /src/nope.yaml: \
         no such file or directory': must build at directory: not a valid directory: evalsymlink failure on \
         '/src/nope.yaml' : lstat /src/nope.yaml: no such file or directory"
    );
}

/// kustomize-engine.md 4.1: scenario 45, cycles of any length, through symlinks too
#[test]
fn cycles_are_detected() {
    for length in [1, 2, 7, 40] {
        let mut tree = MemoryTree::new();
        for index in 0..length {
            let next = (index + 1) % length;
            let file = format!("resources: [../k{next}]\n");
            tree.add_file(&format!("/src/k{index}/kustomization.yaml"), file.into_bytes());
        }
        let error = refused(tree, "/src/k0");
        assert_eq!(error.kind(), ErrorKind::Cycle, "{error}");
        assert!(error.to_string().contains("cycle detected: candidate root '/src/k0'"), "{error}");
    }
    let mut tree = tree(&[("/src/a/kustomization.yaml", "resources: [link]\n")]);
    tree.add_link("/src/a/link", "../b");
    tree.add_link("/src/b", "a");
    assert_eq!(refused(tree, "/src/a").kind(), ErrorKind::Cycle);
}

/// kustomize-engine.md 15: a tree of bases that fans out without end
#[test]
fn bases_that_fan_out_are_bounded() {
    let mut tree = MemoryTree::new();
    for level in 0..40 {
        let next = level + 1;
        for side in ["l", "r"] {
            let file = format!("namePrefix: {side}-\nresources: [../l{next}, ../r{next}]\n");
            tree.add_file(&format!("/src/{side}{level}/kustomization.yaml"), file.into_bytes());
        }
    }
    for side in ["l", "r"] {
        tree.add_file(&format!("/src/{side}40/kustomization.yaml"), *b"resources: []\n");
    }
    let options =
        Options { limits: Limits { directories: 500, ..Limits::default() }, ..Options::flux("/src") };
    let error = build(Arc::new(tree), "/src/l0", &options, None).expect_err("too many");
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
}

/// kustomize-engine.md 15: nesting of bases
#[test]
fn bases_that_nest_too_deeply_are_refused() {
    let mut tree = MemoryTree::new();
    for level in 0..200 {
        let file = format!("resources: [../k{}]\n", level + 1);
        tree.add_file(&format!("/src/k{level}/kustomization.yaml"), file.into_bytes());
    }
    let error = refused(tree, "/src/k0");
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
}

/// kustomize-engine.md 15: bytes read
#[test]
fn a_build_that_reads_too_much_is_refused() {
    let big = format!("{CONFIG_MAP}data: {{x: {}}}\n", "y".repeat(10_000));
    let tree = tree(&[("/src/kustomization.yaml", "resources: [a.yaml]\n"), ("/src/a.yaml", &big)]);
    let options =
        Options { limits: Limits { bytes_read: 5_000, ..Limits::default() }, ..Options::flux("/src") };
    let error = build(Arc::new(tree), "/src", &options, None).expect_err("too much");
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
}

/// kustomize-engine.md 4.2 and 15: scenario 58
#[test]
fn alias_bombs_and_deep_nesting_are_errors() {
    let mut bomb = String::from("apiVersion: v1\nkind: A\nmetadata: {name: a}\nx0: &x0 [1, 1]\n");
    for level in 1..60 {
        bomb.push_str(&format!("x{level}: &x{level} [*x{0}, *x{0}]\n", level - 1));
    }
    let nested = format!(
        "apiVersion: v1\nkind: A\nmetadata: {{name: a}}\nx: {}1{}\n",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let maps = format!(
        "apiVersion: v1\nkind: A\nmetadata: {{name: a}}\nx: {}1{}\n",
        "{a: ".repeat(100_000),
        "}".repeat(100_000)
    );
    for content in [&bomb, &nested, &maps] {
        let tree = tree(&[("/src/kustomization.yaml", "resources: [a.yaml]\n"), ("/src/a.yaml", content)]);
        refused(tree, "/src");
    }
    for field in ["patches: [{target: {kind: A}, patch: ", "configMapGenerator: "] {
        let text = format!("{field}{}", "[".repeat(100_000));
        refused(tree(&[("/src/kustomization.yaml", &text)]), "/src");
    }
}

/// kustomize-engine.md 15: scenario 59
#[test]
fn the_same_tree_gives_the_same_bytes_every_time() {
    let files = [
        (
            "/src/kustomization.yaml",
            "resources: [a.yaml]\ncommonLabels: {z: z1, a: a1, m: m1}\ncommonAnnotations: {z: z1, a: a1, m: m1}\n\
             configMapGenerator: [{name: g, literals: [a=b, c=d]}]\nnamePrefix: p-\n",
        ),
        (
            "/src/a.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {volumes: [{configMap: {name: g}}]}\n",
        ),
    ];
    let first = flux(tree(&files), "/src").expect("builds");
    for _ in 0..200 {
        assert_eq!(flux(tree(&files), "/src").expect("builds"), first);
    }
}

const SCHEMA: &str = r#"{"definitions": {"W": {
  "properties": {"list": {"type": "array", "x-kubernetes-patch-merge-key": "KEY", "x-kubernetes-patch-strategy": "merge"}},
  "x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "W"}]}}}"#;

/// kustomize-engine.md 6.3 and 15: scenario 57
#[test]
fn builds_with_different_schemas_do_not_disturb_each_other() {
    let run = |schema: Option<&str>| {
        let mut files = tree(&[(
            "/src/w.yaml",
            "apiVersion: example.com/v1\nkind: W\nmetadata: {name: w}\nlist: [{a: 1, b: 1}, {a: 2, b: 2}]\n",
        )]);
        let mut file =
            "resources: [w.yaml]\npatches:\n- patch: |\n    apiVersion: example.com/v1\n    kind: W\n    \
                        metadata: {name: w}\n    list: [{a: 2, b: 1, c: 3}]\n"
                .to_owned();
        if let Some(key) = schema {
            file.push_str("openapi: {path: schema.json}\n");
            files.add_file("/src/schema.json", SCHEMA.replace("KEY", key).into_bytes());
        }
        files.add_file("/src/kustomization.yaml", file.into_bytes());
        flux(files, "/src").expect("builds").to_yaml()
    };
    let expected: Vec<String> = [None, Some("a"), Some("b")].into_iter().map(run).collect();
    assert_ne!(expected[0], expected[1]);
    assert_ne!(expected[1], expected[2]);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    for (schema, wanted) in [None, Some("a"), Some("b")].into_iter().zip(&expected) {
                        assert_eq!(run(schema), *wanted);
                    }
                }
            });
        }
    });
}

/// kustomize-engine.md 6.3: in Flux's build the built-in types stay known beside a custom schema
#[test]
fn built_in_types_stay_known_beside_a_custom_schema() {
    let tree = tree(&[
        (
            "/src/kustomization.yaml",
            "resources: [p.yaml]\nopenapi: {path: s.json}\npatches:\n- patch: |\n    apiVersion: v1\n    kind: Pod\n    \
             metadata: {name: p}\n    spec: {containers: [{name: b, tty: true}]}\n",
        ),
        (
            "/src/p.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a}, {name: b}]}\n",
        ),
        ("/src/s.json", "{\"definitions\": {}}"),
    ]);
    let text = flux(tree, "/src").expect("builds").to_yaml();
    assert!(text.contains("- name: a\n"), "{text}");
}

/// kustomize-engine.md 4.5: scenario 60
#[test]
fn remote_entries_are_errors_without_a_remote_source() {
    for entry in [
        "https://example.com/org/repo//path?ref=v1",
        "git@example.com:org/repo//path",
        "github.com/org/repo",
        "ssh://git@example.com/org/repo",
        "https://example.com/file.yaml",
        "file:///srv/repo//x",
    ] {
        let file = format!("resources: [\"{entry}\"]\n");
        let error = refused(tree(&[("/src/kustomization.yaml", &file)]), "/src");
        assert!(error.to_string().contains("remote bases are disabled"), "{entry}: {error}");
    }
    let error = refused(
        tree(&[(
            "/src/kustomization.yaml",
            "configMapGenerator: [{name: a, files: [\"x=https://h.io/y\"]}]\n",
        )]),
        "/src",
    );
    assert_eq!(error.kind(), ErrorKind::Remote, "{error}");
}

struct Remote;

impl RemoteSource for Remote {
    fn file(&self, url: &str) -> Result<Arc<[u8]>, RemoteError> {
        match url {
            "https://files.example.com/a.yaml" => Ok(CONFIG_MAP.as_bytes().into()),
            _ => Err(RemoteError::Status { code: 404, text: "Not Found".into() }),
        }
    }

    fn repository(&self, address: &RepositoryAddress) -> Result<Checkout, RemoteError> {
        let mut tree = tree(&[
            ("/clone/base/kustomization.yaml", "resources: [a.yaml]\nnamePrefix: remote-\n"),
            ("/clone/base/a.yaml", CONFIG_MAP),
            ("/clone/leaves/kustomization.yaml", "resources: [../base/a.yaml]\n"),
            ("/clone/escapes/kustomization.yaml", "resources: [../../outside]\n"),
            ("/clone/again/kustomization.yaml", "resources: [\"https://h.io/o/r//again?ref=v1\"]\n"),
            ("/outside/kustomization.yaml", "resources: []\n"),
        ]);
        tree.add_link("/clone/linked", "/outside");
        match address.reference.as_str() {
            "v1" => Ok(Checkout { tree: Arc::new(tree), root: "/clone".into() }),
            other => Err(RemoteError::Failed(format!("no such reference `{other}`"))),
        }
    }
}

fn with_remote(entry: &str, extra: &str) -> Result<Build, Error> {
    let file = format!("resources: [\"{entry}\"]\n{extra}");
    build(
        Arc::new(tree(&[("/src/kustomization.yaml", &file)])),
        "/src",
        &Options::flux("/src"),
        Some(&Remote),
    )
}

/// kustomize-engine.md 4.5 and 13.4: a base in a repository, with its origin
#[test]
fn a_remote_base_is_built_from_its_checkout() {
    let built = with_remote(
        "https://h.io/o/r//base?ref=v1",
        "namePrefix: top-\nbuildMetadata: [originAnnotations]\n",
    )
    .expect("builds");
    let text = built.to_yaml();
    assert!(text.contains("name: top-remote-a\n"), "{text}");
    assert!(
        text.contains("path: base/a.yaml\n      ref: v1\n      repo: https://h.io/o/r\n")
            || text.contains("repo: https://h.io/o/r"),
        "{text}"
    );
}

/// kustomize-engine.md 4.5: inside of a clone only its own files may be named, whatever the restriction outside
#[test]
fn a_clone_cannot_be_left() {
    let text = |entry: &str| with_remote(entry, "").expect_err("refused").to_string();
    assert!(text("https://h.io/o/r//leaves?ref=v1").contains("is not in or below '/clone/leaves'"));
    assert!(text("https://h.io/o/r//escapes?ref=v1").contains("fs-security-constraint"));
    assert!(text("https://h.io/o/r//linked?ref=v1").contains("fs-security-constraint"));
    assert!(text("https://h.io/o/r//again?ref=v1").contains("cycle detected: URI"));
    assert!(text("https://h.io/o/r//base?ref=v2").contains("no such reference `v2`"));
}

/// kustomize-engine.md 4.1 and 4.5: files by HTTP; a status that is no success ends the attempt
#[test]
fn a_remote_file_is_read_and_a_bad_status_is_final() {
    assert_eq!(with_remote("https://files.example.com/a.yaml", "").expect("builds").objects.len(), 1);
    let error = with_remote("https://files.example.com/b", "").expect_err("missing").to_string();
    assert_eq!(
        error,
        "accumulating resources: accumulating resources from 'https://files.example.com/b': HTTP Error: status \
         code 404 (Not Found)"
    );
}

/// kustomize-engine.md 15: errors never contain data of Secrets
#[test]
fn errors_do_not_show_secret_data() {
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: NS}\ndata: {key: dG9wc2VjcmV0}\n";
    let tree = tree(&[
        ("/src/kustomization.yaml", "resources: [a.yaml, b.yaml]\nnamespace: x\n"),
        ("/src/a.yaml", &secret.replace("NS", "one")),
        ("/src/b.yaml", &secret.replace("NS", "two")),
    ]);
    let text = refused(tree, "/src").to_string();
    assert!(text.contains("namespace transformation produces ID conflict"), "{text}");
    assert!(!text.contains("dG9wc2VjcmV0"), "{text}");
}

/// kustomize-engine.md 13.4: the label's value is valid
#[test]
fn the_managed_by_label_has_a_valid_value() {
    let tree = tree(&[
        ("/src/kustomization.yaml", "resources: [a.yaml]\nbuildMetadata: [managedByLabel]\n"),
        ("/src/a.yaml", CONFIG_MAP),
    ]);
    let text = flux(tree, "/src").expect("builds").to_yaml();
    assert!(text.contains("app.kubernetes.io/managed-by: kustomize-v5.8.1\n"), "{text}");
}

/// kustomize-engine.md 1.3: deprecated fields are named in warnings
#[test]
fn deprecated_fields_are_warned_about() {
    let tree = tree(&[
        ("/src/kustomization.yaml", "bases: [b]\ncommonLabels: {a: b}\nvars: []\n"),
        ("/src/b/kustomization.yaml", "resources: []\n"),
    ]);
    let warnings = flux(tree, "/src").expect("builds").warnings;
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    assert!(warnings[0].starts_with("# Warning: 'bases' is deprecated. Please use 'resources' instead."));
}

/// The tree is a trait object that callers implement; an error of theirs reaches the text
#[test]
fn a_file_that_the_tree_refuses_is_an_error() {
    struct Refusing(MemoryTree);
    impl FileTree for Refusing {
        fn resolve(
            &self,
            path: &str,
        ) -> Result<ferroflux_kustomize::Resolved, ferroflux_kustomize::TreeError> {
            self.0.resolve(path)
        }
        fn read(&self, path: &str) -> Result<Arc<[u8]>, ferroflux_kustomize::TreeError> {
            if path.ends_with("big.yaml") {
                return Err(ferroflux_kustomize::TreeError::TooLarge { path: path.into(), limit: 5 });
            }
            self.0.read(path)
        }
    }
    let files =
        tree(&[("/src/kustomization.yaml", "resources: [big.yaml]\n"), ("/src/big.yaml", CONFIG_MAP)]);
    let error = build(Arc::new(Refusing(files)), "/src", &Options::flux("/src"), None).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().contains("larger than 5 bytes"), "{error}");
}
