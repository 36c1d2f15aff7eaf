//! The one YAML reader and writer, with the rules and output style of the Go libraries that manifests were written against.
