//! Deterministic tar.gz archives and the checked unpacking of archives from outside.
