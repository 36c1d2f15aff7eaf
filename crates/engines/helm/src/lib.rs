//! The Helm engine: charts, values, templates and release records, no I/O.
