//! The kustomize-controller: artifacts in, cluster state out.

fn main() {}
