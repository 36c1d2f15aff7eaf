//! The order of keys: Go's natural order.

use crate::Dialect;

/// Sorts keys. The natural order is no total order (`a10 < a1b < a2 < a10`), which the standard library's sorts may
/// refuse. This is a merge sort that starts from the order by bytes, so that every set of keys has one order.
pub(super) fn sort_naturally<T: Copy>(items: &mut Vec<T>, dialect: Dialect, name: impl Fn(&T) -> &str) {
    items.sort_by(|a, b| name(a).cmp(name(b)));
    let before = |a: &T, b: &T| less(name(a), name(b), dialect);
    if items.is_sorted_by(|a, b| !before(b, a)) {
        return;
    }
    let mut sorted = Vec::with_capacity(items.len());
    let mut run = 1;
    while run < items.len() {
        for pair in items.chunks(run * 2) {
            let (left, right) = pair.split_at(run.min(pair.len()));
            merge(left, right, &before, &mut sorted);
        }
        std::mem::swap(items, &mut sorted);
        sorted.clear();
        run *= 2;
    }
}

fn merge<T: Copy>(left: &[T], right: &[T], before: &impl Fn(&T, &T) -> bool, out: &mut Vec<T>) {
    let mut left = left.iter().peekable();
    for item in right {
        while let Some(other) = left.next_if(|other| !before(item, other)) {
            out.push(*other);
        }
        out.push(*item);
    }
    out.extend(left);
}

/// Whether `a` stands before `b`.
pub(super) fn less(a: &str, b: &str, dialect: Dialect) -> bool {
    let common = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    let mut start = common;
    while !a.is_char_boundary(start) || !b.is_char_boundary(start) {
        start -= 1;
    }
    let (Some(x), Some(y)) = (a[start..].chars().next(), b[start..].chars().next()) else {
        return a.len() < b.len();
    };
    let (letter_x, letter_y) = (is_letter(x), is_letter(y));
    if letter_x && letter_y {
        return x < y;
    }
    if letter_x || letter_y {
        let after_digit = a[..start].chars().next_back().is_some_and(is_digit);
        return if dialect == Dialect::V3 && after_digit { letter_x } else { letter_y };
    }
    let mut first = 0i64;
    if x == '0' || y == '0' {
        // Zeros after other digits count as part of a longer number.
        let mut before = a[..start].chars().rev().take_while(|c| is_digit(*c));
        if before.any(|c| c != '0') {
            first = 1;
        }
    }
    let (number_x, length_x) = digits(&a[start..], first);
    let (number_y, length_y) = digits(&b[start..], first);
    if number_x != number_y {
        return number_x < number_y;
    }
    if length_x != length_y {
        return length_x < length_y;
    }
    x < y
}

fn digits(text: &str, first: i64) -> (i64, usize) {
    let mut number = first;
    let mut length = 0;
    for digit in text.chars().take_while(|c| is_digit(*c)) {
        number = number.wrapping_mul(10).wrapping_add(i64::from(digit as u32) - i64::from(b'0'));
        length += 1;
    }
    (number, length)
}

fn is_letter(character: char) -> bool {
    character.is_ascii_alphabetic() || !character.is_ascii() && is_unicode_letter(character)
}

/// Go's `unicode.IsLetter` is category L. Rust's `is_alphabetic` adds letter numbers and combining vowel signs;
/// the difference is rare in keys and only ever concerns their order.
fn is_unicode_letter(character: char) -> bool {
    character.is_alphabetic() && !character.is_numeric()
}

/// The first digit of each run of ten in Unicode's category Nd, beyond ASCII.
const ZEROS: &[u32] = &[
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
    0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50,
    0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0,
    0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50,
    0x11D50, 0x11DA0, 0x11F50, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6,
    0x1E140, 0x1E2F0, 0x1E4F0, 0x1E950, 0x1FBF0,
];

fn is_digit(character: char) -> bool {
    let code = character as u32;
    character.is_ascii_digit()
        || code >= 0x660 && {
            let above = ZEROS.partition_point(|zero| *zero <= code);
            above.checked_sub(1).and_then(|at| ZEROS.get(at)).is_some_and(|zero| code - zero < 10)
        }
}
