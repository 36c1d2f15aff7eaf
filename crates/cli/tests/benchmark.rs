//! The `kustomize` program and `ferroflux build kustomization` side by side: CPU time and peak memory. Run by hand:
//!
//! `cargo test --release -p ferroflux-cli --test benchmark -- --ignored --nocapture`
#![allow(clippy::disallowed_types, reason = "the benchmark starts both programs")]

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use ferroflux_programs::GoProgram;

/// How often each program builds each tree; the median counts.
const ROUNDS: usize = 5;

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a parent")).expect("can create");
    fs::write(path, text).expect("can write");
}

fn objects(index: usize) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{index}
  labels: {{app: app-{index}}}
spec:
  replicas: 2
  selector:
    matchLabels: {{app: app-{index}}}
  template:
    metadata:
      labels: {{app: app-{index}}}
    spec:
      serviceAccountName: app-{index}
      containers:
      - name: main
        image: registry.example.com/team/app:1.0.{index}
        args: [\"--listen\", \":8080\", \"--level=info\"]
        env:
        - name: MODE
          valueFrom: {{configMapKeyRef: {{name: app-{index}, key: mode}}}}
        - name: REGION
          value: eu-west-1
        ports:
        - {{containerPort: 8080, protocol: TCP}}
        resources:
          requests: {{cpu: 100m, memory: 128Mi}}
          limits: {{memory: 256Mi}}
        readinessProbe:
          httpGet: {{path: /ready, port: 8080}}
        volumeMounts:
        - {{name: settings, mountPath: /etc/settings}}
      volumes:
      - name: settings
        configMap: {{name: app-{index}}}
---
apiVersion: v1
kind: Service
metadata:
  name: app-{index}
spec:
  selector: {{app: app-{index}}}
  ports:
  - {{name: http, port: 80, targetPort: 8080}}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: app-{index}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: app-{index}
data:
  mode: production
  settings.yaml: |
    server:
      port: 8080
      hosts: [a.example.com, b.example.com]
    features:
      fast: true
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: app-{index}
spec:
  rules:
  - host: app-{index}.example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend: {{service: {{name: app-{index}, port: {{number: 80}}}}}}
"
    )
}

/// `overlays` overlays over a base of `applications` times five objects, and one directory that builds them all.
fn tree(root: &Path, overlays: usize, applications: usize) {
    let mut base = String::from("resources:\n");
    for index in 0..applications {
        write(root, &format!("base/app-{index}.yaml"), &objects(index));
        let _ = writeln!(base, "- app-{index}.yaml");
    }
    write(root, "base/kustomization.yaml", &base);
    let mut all = String::from("resources:\n");
    for overlay in 0..overlays {
        let file = format!(
            "resources: [../base]
namespace: team-{overlay}
namePrefix: t{overlay}-
commonAnnotations: {{owner: team-{overlay}}}
labels:
- pairs: {{team: team-{overlay}}}
  includeTemplates: true
images:
- name: registry.example.com/team/app
  newTag: 2.{overlay}.0
configMapGenerator:
- name: extra
  literals: [overlay={overlay}, tier=gold]
patches:
- target: {{kind: Deployment}}
  patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {{name: any}}
    spec:
      replicas: 3
      template:
        spec:
          containers:
          - name: main
            env:
            - {{name: OVERLAY, value: \"{overlay}\"}}
- target: {{kind: Service, name: app-0}}
  patch: |
    - op: add
      path: /spec/type
      value: NodePort
"
        );
        write(root, &format!("overlay-{overlay}/kustomization.yaml"), &file);
        let _ = writeln!(all, "- ../overlay-{overlay}");
    }
    write(root, "all/kustomization.yaml", &all);
}

/// CPU seconds and peak memory in KiB of one run, and what it printed.
fn measure(program: &Path, args: &[&str], directory: &Path) -> (f64, u64, Vec<u8>) {
    let output = Command::new("/usr/bin/time")
        .args(["-f", "%U %S %M"])
        .arg(program)
        .args(args)
        .current_dir(directory)
        .output()
        .expect("GNU time is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let figures: Vec<f64> = text
        .lines()
        .next_back()
        .expect("a line of figures")
        .split_whitespace()
        .map(|figure| figure.parse().expect("a number"))
        .collect();
    (figures[0] + figures[1], figures[2] as u64, output.stdout)
}

#[test]
#[ignore = "a benchmark; run by hand in release mode"]
fn overlays_are_built_with_a_tenth_of_the_time_and_a_third_of_the_memory() {
    let ours = PathBuf::from(env!("CARGO_BIN_EXE_ferroflux"));
    let theirs = GoProgram::new("e2e/oracles/kustomize").path().expect("builds");
    println!(
        "| tree | objects | kustomize CPU | ferroflux CPU | times less | kustomize peak | ferroflux peak | part |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (overlays, applications) in [(20, 10), (1, 200), (1, 1)] {
        let directory = tempfile::tempdir().expect("a directory");
        tree(directory.path(), overlays, applications);
        let mut results = [(Vec::new(), Vec::new()), (Vec::new(), Vec::new())];
        let mut outputs = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (side, (program, args)) in
                [(&theirs, &["build", "all"] as &[&str]), (&ours, &["build", "kustomization", "all"])]
                    .into_iter()
                    .enumerate()
            {
                let (cpu, memory, output) = measure(program, args, directory.path());
                results[side].0.push(cpu);
                results[side].1.push(memory);
                outputs[side] = output;
            }
        }
        assert!(outputs[0] == outputs[1], "the outputs differ");
        let median = |list: &mut Vec<f64>| {
            list.sort_by(f64::total_cmp);
            list[list.len() / 2]
        };
        let [(cpu_theirs, memory_theirs), (cpu_ours, memory_ours)] = &mut results;
        let (cpu_theirs, cpu_ours) = (median(cpu_theirs), median(cpu_ours));
        memory_theirs.sort_unstable();
        memory_ours.sort_unstable();
        let (memory_theirs, memory_ours) =
            (memory_theirs[ROUNDS / 2] as f64 / 1024.0, memory_ours[ROUNDS / 2] as f64 / 1024.0);
        println!(
            "| {overlays} overlays over {} objects | {} | {cpu_theirs:.2} s | {cpu_ours:.2} s | {:.1} | \
             {memory_theirs:.0} MiB | {memory_ours:.0} MiB | {:.2} |",
            applications * 5,
            overlays * (applications * 5 + 1),
            cpu_theirs / cpu_ours.max(0.005),
            memory_ours / memory_theirs
        );
    }
}
