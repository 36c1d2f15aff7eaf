//! Artifact storage, the file server that hands artifacts out and the fetcher that takes them in.
