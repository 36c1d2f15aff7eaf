//! Random combinations of features, built by both engines in one run.
//!
//! `CASES=2000 SEED=7 cargo test -p ferroflux-kustomize --test differential` runs more of them, or others.

mod support;

use std::{collections::HashSet, fmt::Write as _};

use support::{Case, Oracle, problem};

/// A small generator of numbers: the same seed gives the same cases on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'t>(&mut self, items: &[&'t str]) -> &'t str {
        items[self.below(items.len())]
    }
}

const NAMES: [&str; 6] = ["web", "db", "settings", "token", "api", "cache"];
const VALUES: [&str; 14] = [
    "plain",
    "\"yes\"",
    "42",
    "\"42\"",
    "1.50",
    "true",
    "null",
    "~",
    "\"\"",
    "'a: b'",
    "0x1F",
    "\"tab\\there\"",
    "2024-01-01",
    "\"  spaced  \"",
];

fn workload(random: &mut Random, name: &str) -> String {
    let kind = random.pick(&["Deployment", "StatefulSet", "DaemonSet"]);
    let mut text = format!("apiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: {name}\n");
    if random.chance(30) {
        text.push_str("  namespace: own\n");
    }
    if random.chance(40) {
        let _ = writeln!(text, "  annotations: {{note: {}}}", random.pick(&VALUES));
    }
    text.push_str("spec:\n");
    if random.chance(60) {
        let _ = writeln!(text, "  replicas: {}", random.below(5));
    }
    if random.chance(60) {
        let _ = writeln!(text, "  selector:\n    matchLabels: {{app: {name}}}");
    }
    let service = random.pick(&NAMES);
    let _ =
        writeln!(text, "  serviceName: {service}\n  template:\n    metadata:\n      labels: {{app: {name}}}");
    text.push_str("    spec:\n      containers:\n");
    for index in 0..=random.below(3) {
        let image = random.pick(&["nginx:1", "nginx", "repo:5000/app@sha256:0a1b", "busybox:2", "a/b/c:tag"]);
        let _ = writeln!(text, "      - name: c{index}\n        image: {image}");
        if random.chance(50) {
            text.push_str("        env:\n");
            for variable in 0..random.below(4) {
                let _ = match random.below(3) {
                    0 => writeln!(text, "        - {{name: V{variable}, value: {}}}", random.pick(&VALUES)),
                    1 => writeln!(
                        text,
                        "        - {{name: V{variable}, valueFrom: {{configMapKeyRef: {{name: {}, key: k}}}}}}",
                        random.pick(&NAMES)
                    ),
                    _ => writeln!(
                        text,
                        "        - {{name: V{variable}, valueFrom: {{secretKeyRef: {{name: {}, key: k}}}}}}",
                        random.pick(&NAMES)
                    ),
                };
            }
        }
        if random.chance(50) {
            text.push_str("        ports:\n");
            for port in 0..=random.below(2) {
                let protocol = random.pick(&["", ", protocol: TCP", ", protocol: UDP"]);
                let _ = writeln!(text, "        - {{containerPort: 80{port}{protocol}}}");
            }
        }
    }
    if random.chance(60) {
        let _ = writeln!(
            text,
            "      volumes:\n      - {{name: v, configMap: {{name: {}}}}}",
            random.pick(&NAMES)
        );
    }
    text
}

fn other(random: &mut Random, name: &str) -> String {
    match random.below(7) {
        0 => format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{k: {}, host: old}}\n",
            random.pick(&VALUES)
        ),
        1 => format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\nstringData: {{k: {}}}\n",
            random.pick(&VALUES)
        ),
        2 => format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec:\n  selector: {{app: {name}}}\n  ports: [{{port: 80, targetPort: {}}}]\n",
            random.below(9000)
        ),
        3 => format!("apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}}}\n"),
        4 => format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: {}\nmetadata: {{name: {name}}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {}}}\nsubjects:\n- {{kind: ServiceAccount, name: {}, namespace: own}}\n- {{kind: ServiceAccount, name: default}}\n",
            random.pick(&["RoleBinding", "ClusterRoleBinding"]),
            random.pick(&NAMES),
            random.pick(&NAMES)
        ),
        5 => format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: {name}}}\nspec:\n  defaultBackend: {{service: {{name: {}}}}}\n  tls: [{{secretName: {}}}]\n",
            random.pick(&NAMES),
            random.pick(&NAMES)
        ),
        _ => format!(
            "apiVersion: example.com/v1\nkind: Widget\nmetadata: {{name: {name}}}\nspec:\n  list: [{{name: a, v: {}}}, {{name: b, v: {}}}]\n  text: {}\n  containers: [{{name: x, image: nginx}}]\n",
            random.pick(&VALUES),
            random.pick(&VALUES),
            random.pick(&VALUES)
        ),
    }
}

fn patch(random: &mut Random) -> String {
    let target_kind =
        random.pick(&["Deployment", "StatefulSet", "ConfigMap", "Service", "Widget", ".*Set", "Ingress"]);
    let target = match random.below(3) {
        0 => format!("{{kind: {target_kind}}}"),
        1 => format!("{{kind: {target_kind}, name: \".*{}\"}}", random.pick(&NAMES)),
        _ => format!("{{name: {}}}", random.pick(&NAMES)),
    };
    let body = match random.below(6) {
        0 => "    - op: add\n      path: /metadata/annotations/patched\n      value: \"1\"\n".to_owned(),
        1 => format!("    - op: replace\n      path: /metadata/name\n      value: {}\n", random.pick(&["renamed", "web2"])),
        2 => format!(
            "    apiVersion: apps/v1\n    kind: Any\n    metadata: {{name: any, labels: {{patched: {}}}}}\n    spec: {{template: {{spec: {{containers: [{{name: c0, env: [{{name: V0, value: {}}}, {{name: N}}], ports: [{{containerPort: 800, name: p}}]}}, {{name: added, image: nginx:0}}]}}}}}}\n",
            random.pick(&["x", "\"1\""]),
            random.pick(&["new", "\"7\"", "null"])
        ),
        3 => "    kind: Any\n    metadata: {name: any}\n    $patch: delete\n".to_owned(),
        4 => "    kind: Any\n    metadata: {name: any}\n    spec: {replicas: 9, selector: null, text: {a: b}}\n".to_owned(),
        _ => format!("    kind: Any\n    metadata: {{name: any}}\n    data: {{k: {}, added: x}}\n    spec: {{list: [{{name: b, w: 1}}]}}\n", random.pick(&VALUES)),
    };
    format!("- target: {target}\n  patch: |-\n{}", body.trim_end_matches('\n').to_owned() + "\n")
}

fn kustomization(random: &mut Random, resources: &[String], component: bool) -> String {
    let mut text = String::new();
    if component {
        text.push_str("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n");
    }
    if !resources.is_empty() {
        let _ = writeln!(text, "resources: [{}]", resources.join(", "));
    }
    if random.chance(35) {
        let _ = writeln!(text, "namePrefix: {}", random.pick(&["p-", "dev-", "\"0\""]));
    }
    if random.chance(25) {
        text.push_str("nameSuffix: -s\n");
    }
    if random.chance(35) {
        let _ = writeln!(text, "namespace: {}", random.pick(&["team", "own", "default"]));
    }
    if random.chance(30) {
        let _ = writeln!(text, "commonLabels: {{env: {}}}", random.pick(&["dev", "\"1\"", "\"true\""]));
    }
    if random.chance(30) {
        let _ = writeln!(
            text,
            "labels: [{{pairs: {{extra: x}}, includeTemplates: {}, includeSelectors: {}}}]",
            random.chance(50),
            random.chance(30)
        );
    }
    if random.chance(25) {
        text.push_str("commonAnnotations: {by: me, n: \"5\"}\n".replace("n:", "num:").as_str());
    }
    if random.chance(40) {
        let part = random.pick(&[
            "newTag: \"9\"",
            "newName: other",
            "digest: sha256:ff",
            "newTag: x, digest: sha256:ee",
        ]);
        let _ = writeln!(
            text,
            "images: [{{name: {}, {part}}}]",
            random.pick(&["nginx", "repo:5000/app", "busy.*", "a/b/c"])
        );
    }
    if random.chance(4) {
        let _ = writeln!(text, "replicas: [{{name: {}, count: {}}}]", random.pick(&NAMES), random.below(9));
    }
    if random.chance(40) {
        let merging = random.chance(8);
        let behavior = if merging { random.pick(&[", behavior: merge", ", behavior: replace"]) } else { "" };
        let hash = if random.chance(20) { ", options: {disableNameSuffixHash: true}" } else { "" };
        let field = random.pick(&["configMapGenerator", "secretGenerator"]);
        let _ = writeln!(
            text,
            "{field}: [{{name: {}{}, literals: [k=v{}, m=<x&y>]{behavior}{hash}}}]",
            random.pick(&NAMES),
            if merging || random.chance(20) { String::new() } else { random.below(1000).to_string() },
            random.below(10)
        );
    }
    let patches = random.below(3);
    if patches > 0 {
        text.push_str("patches:\n");
        for _ in 0..patches {
            text.push_str(&patch(random));
        }
    }
    if random.chance(25) {
        let create = random.chance(90);
        let source = match random.below(10) {
            0 => format!(
                "source: {{kind: {}, name: {}}}",
                random.pick(&["Service", "ConfigMap"]),
                random.pick(&NAMES)
            ),
            _ => format!("sourceValue: {}", random.pick(&["copied", "\"5\"", "\"true\"", "a.b"])),
        };
        let _ = writeln!(
            text,
            "replacements:\n- {source}\n  targets:\n  - select: {{kind: {}}}\n    fieldPaths: [{}]\n    options: {{create: {create}}}",
            random.pick(&["ConfigMap", "Widget", "Deployment"]),
            random.pick(&[
                "metadata.labels.copied",
                "data.host",
                "data.copied",
                "metadata.annotations.copied"
            ])
        );
    }
    if random.chance(10) {
        let _ = writeln!(text, "sortOptions: {{order: {}}}", random.pick(&["fifo", "legacy"]));
    }
    if random.chance(10) {
        let _ = writeln!(
            text,
            "buildMetadata: [{}]",
            random.pick(&[
                "originAnnotations",
                "originAnnotations, transformerAnnotations",
                "managedByLabel"
            ])
        );
    }
    if text.is_empty() {
        text.push_str("metadata: {name: x}\n");
    }
    text
}

fn random_case(seed: u64) -> Case {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for _ in 0..8 {
        random.next();
    }
    let mut case = Case { name: format!("seed {seed}"), root: "top".into(), ..Case::default() };
    let mut directories = Vec::new();
    let mut used = HashSet::new();
    for layer in 0..=random.below(3) {
        let directory = if directories.is_empty() { "base".to_owned() } else { format!("layer{layer}") };
        let mut resources = Vec::new();
        for file in 0..=random.below(3) {
            let mut text = String::new();
            for document in 0..=random.below(2) {
                if document > 0 {
                    text.push_str("---\n");
                }
                // Equal identities fail early; a few of them are enough.
                let object = loop {
                    let name = random.pick(&NAMES);
                    let object = if random.chance(40) {
                        workload(&mut random, name)
                    } else {
                        other(&mut random, name)
                    };
                    let kind = object.lines().nth(1).expect("a kind").to_owned();
                    if used.insert((kind, name)) || random.chance(2) {
                        break object;
                    }
                };
                text.push_str(&object);
            }
            case.files.insert(format!("{directory}/f{file}.yaml"), text.into_bytes());
            resources.push(format!("f{file}.yaml"));
        }
        if let Some(below) = directories.last() {
            resources.push(format!("../{below}"));
        }
        let mut file = kustomization(&mut random, &resources, false);
        if random.chance(30) {
            let component = format!("component{layer}");
            let text = kustomization(&mut random, &[], true);
            case.files.insert(format!("{component}/kustomization.yaml"), text.into_bytes());
            let _ = writeln!(file, "components: [../{component}]");
        }
        case.files.insert(format!("{directory}/kustomization.yaml"), file.into_bytes());
        directories.push(directory);
    }
    let below = directories.last().expect("at least the base").clone();
    let file = kustomization(&mut random, &[format!("../{below}")], false);
    case.files.insert("top/kustomization.yaml".into(), file.into_bytes());
    case
}

fn environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn random_trees_build_to_the_same_bytes() {
    let (first, count) = (environment("SEED", 1), environment("CASES", 100));
    let mut oracle = Oracle::start();
    let mut problems = Vec::new();
    let (mut succeeded, mut failed) = (0, 0);
    for seed in first..first + count {
        let mut case = random_case(seed);
        let theirs = oracle.run(&case);
        match &theirs {
            Ok(_) => succeeded += 1,
            Err(_) => {
                failed += 1;
                // Same cases fail; texts are compared by the corpus, and some of the reference's are dumps.
                case.says = vec![String::new()];
            }
        }
        case.expected = Some(theirs);
        if let Some(text) = problem(&case, &case.run()) {
            let files: Vec<String> = case
                .files
                .iter()
                .map(|(path, content)| format!("-- {path} --\n{}", String::from_utf8_lossy(content)))
                .collect();
            problems.push(format!("=== {}\n{text}\n{}", case.name, files.join("")));
        }
    }
    println!("{succeeded} built, {failed} failed in the reference, {} differ", problems.len());
    assert!(
        problems.is_empty(),
        "{} of {count} differ\n\n{}",
        problems.len(),
        problems.iter().take(5).cloned().collect::<Vec<_>>().join("\n")
    );
    assert!(
        succeeded * 3 > count,
        "too few of the random trees build to say anything: {succeeded} of {count}"
    );
}
