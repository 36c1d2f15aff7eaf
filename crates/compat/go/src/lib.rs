//! Small pieces of Go's standard library whose exact behaviour users see: durations, quoting, paths, regular expressions.
