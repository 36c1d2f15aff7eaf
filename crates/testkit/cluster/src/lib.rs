//! A real Kubernetes control plane for tests, on free ports and in its own directory.
