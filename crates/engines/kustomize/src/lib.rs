//! The Kustomize build engine: files in, objects out, no I/O.
