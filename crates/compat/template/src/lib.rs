//! Go's text/template with the functions that Helm adds to it.
