//! Conditional requests and ranges (RFC 9110, 13 and 14), as far as files without entity tags need them.

use std::ops::Range;

use http::{HeaderMap, header};
use jiff::{Timestamp, fmt::rfc2822, tz::TimeZone};

/// What the headers ask for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of the file.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Nothing: the client has it.
    NotModified,
    /// Nothing: a condition does not hold.
    PreconditionFailed,
    /// Bytes that the file does not have.
    OutOfRange,
    /// A range that cannot be read.
    BadRange,
}

/// Reads conditions and ranges for a file of `size` bytes that was last written at `modified` (whole seconds).
pub(super) fn wanted(headers: &HeaderMap, size: u64, modified: Timestamp) -> Wanted {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let date = |name| text(name).and_then(parse_date);
    // There is no tag that could match.
    if text(header::IF_MATCH).is_some_and(|tags| tags.trim() != "*") {
        return Wanted::PreconditionFailed;
    }
    let unmodified_since =
        date(header::IF_UNMODIFIED_SINCE).filter(|_| !headers.contains_key(header::IF_MATCH));
    if unmodified_since.is_some_and(|since| modified > since) {
        return Wanted::PreconditionFailed;
    }
    match text(header::IF_NONE_MATCH) {
        Some(tags) if tags.trim() == "*" => return Wanted::NotModified,
        Some(_) => {}
        None if date(header::IF_MODIFIED_SINCE).is_some_and(|since| modified <= since) => {
            return Wanted::NotModified;
        }
        None => {}
    }
    let same = text(header::IF_RANGE).is_none_or(|value| parse_date(value) == Some(modified));
    match text(header::RANGE).filter(|_| same) {
        Some(value) => range(value, size),
        None => Wanted::Whole,
    }
}

fn range(value: &str, size: u64) -> Wanted {
    // An empty file has no range; clients that always send one still get it.
    if size == 0 {
        return Wanted::Whole;
    }
    let Some(ranges) = value.strip_prefix("bytes=") else { return Wanted::BadRange };
    // Several ranges at once are nothing that any consumer asks for, and may be answered with everything.
    if ranges.contains(',') {
        return Wanted::Whole;
    }
    let Some((first, last)) = ranges.trim().split_once('-') else { return Wanted::BadRange };
    let number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok());
    let (Some(first_number), Some(last_number)) = (number(first), number(last)) else {
        return Wanted::BadRange;
    };
    match (first_number, last_number) {
        (None, Some(0)) => Wanted::OutOfRange,
        (None, Some(length)) if first.is_empty() => Wanted::Part(size.saturating_sub(length)..size),
        (Some(start), _) if start >= size => Wanted::OutOfRange,
        (Some(start), Some(end)) if end >= start => Wanted::Part(start..size.min(end.saturating_add(1))),
        (Some(start), None) if last.is_empty() => Wanted::Part(start..size),
        _ => Wanted::BadRange,
    }
}

/// An HTTP date.
pub(super) fn format_date(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn parse_date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}
