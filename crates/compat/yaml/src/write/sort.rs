//! The order of keys: Go's natural order.

use crate::Dialect;

/// Sorts keys. The natural order is no total order (`a10 < a1b < a2 < a10`), which the standard library's sorts
/// may refuse; this merges runs and answers one fixed order for such sets.
pub(super) fn sort_naturally<T>(items: &mut Vec<T>, dialect: Dialect, name: impl Fn(&T) -> &str) {
    if items.is_sorted_by(|a, b| less(name(a), name(b), dialect) || name(a) == name(b)) {
        return;
    }
    items.sort_by(|a, b| name(a).cmp(name(b)));
    let mut order: Vec<usize> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        // Binary insertion; after the sort by bytes most keys already stand at their place.
        let fits_last = order.last().is_none_or(|last| !less(name(item), name(&items[*last]), dialect));
        let at = if fits_last {
            order.len()
        } else {
            order.partition_point(|other| !less(name(item), name(&items[*other]), dialect))
        };
        order.insert(at, index);
    }
    let mut slots: Vec<Option<T>> = items.drain(..).map(Some).collect();
    items.extend(order.into_iter().filter_map(|index| slots[index].take()));
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

fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
}
