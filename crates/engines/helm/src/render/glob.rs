//! Patterns for `.Files.Glob`: `*` within a path component, `**` across them, `?`, `[a-z]`, `[!x]`, `{a,b}`.

/// A parsed pattern.
pub(super) struct Glob(Vec<Vec<Piece>>);

/// Alternatives multiply; more than this many are refused, and the pattern then matches everything.
const MAXIMUM_ALTERNATIVES: usize = 1_000;

#[derive(Clone)]
enum Piece {
    Literal(char),
    /// Any character but a slash
    One,
    /// Any characters but slashes
    Some,
    /// Any characters
    All,
    /// One character out of (or not out of) ranges
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Glob {
    /// The pattern; one that is malformed matches everything, as in Helm.
    pub(super) fn parse(pattern: &str) -> Self {
        let characters: Vec<char> = pattern.chars().collect();
        let mut at = 0;
        match alternatives(&characters, &mut at, 0) {
            Some(parsed) if at == characters.len() => Self(parsed),
            _ => Self(vec![vec![Piece::All]]),
        }
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        self.0.iter().any(|pieces| matches(pieces, &name))
    }
}

/// Sequences of pieces up to the end, or within braces up to `,` or `}`.
fn alternatives(pattern: &[char], at: &mut usize, depth: usize) -> Option<Vec<Vec<Piece>>> {
    if depth > 20 {
        return None;
    }
    let mut sequences: Vec<Vec<Piece>> = vec![Vec::new()];
    let append = |sequences: &mut Vec<Vec<Piece>>, piece: Piece| {
        for sequence in sequences {
            sequence.push(piece.clone());
        }
    };
    while let Some(character) = pattern.get(*at).copied() {
        match character {
            ',' | '}' if depth > 0 => return Some(sequences),
            '*' => {
                *at += 1;
                if pattern.get(*at) == Some(&'*') {
                    *at += 1;
                    append(&mut sequences, Piece::All);
                } else {
                    append(&mut sequences, Piece::Some);
                }
                continue;
            }
            '?' => append(&mut sequences, Piece::One),
            '\\' => {
                *at += 1;
                append(&mut sequences, Piece::Literal(*pattern.get(*at)?));
            }
            '[' => {
                append(&mut sequences, class(pattern, at)?);
                continue;
            }
            '{' => {
                let mut inner = Vec::new();
                loop {
                    *at += 1;
                    inner.extend(alternatives(pattern, at, depth + 1)?);
                    match pattern.get(*at)? {
                        ',' => {}
                        _ => break,
                    }
                }
                if sequences.len() * inner.len() > MAXIMUM_ALTERNATIVES {
                    return None;
                }
                sequences = sequences
                    .iter()
                    .flat_map(|before| inner.iter().map(|after| [before.as_slice(), after].concat()))
                    .collect();
            }
            character => append(&mut sequences, Piece::Literal(character)),
        }
        *at += 1;
    }
    (depth == 0).then_some(sequences)
}

fn class(pattern: &[char], at: &mut usize) -> Option<Piece> {
    *at += 1;
    let negated = pattern.get(*at) == Some(&'!');
    if negated {
        *at += 1;
    }
    let mut ranges = Vec::new();
    loop {
        let mut low = *pattern.get(*at)?;
        *at += 1;
        match low {
            ']' if !ranges.is_empty() => return Some(Piece::Class { negated, ranges }),
            ']' => return None,
            '\\' => {
                low = *pattern.get(*at)?;
                *at += 1;
            }
            _ => {}
        }
        if pattern.get(*at) == Some(&'-') && pattern.get(*at + 1).is_some_and(|next| *next != ']') {
            let high = *pattern.get(*at + 1)?;
            *at += 2;
            if high < low {
                return None;
            }
            ranges.push((low, high));
        } else {
            ranges.push((low, low));
        }
    }
}

/// Whether the pieces match all of the text. Takes time in proportion to both, by the set of reachable positions.
fn matches(pieces: &[Piece], text: &[char]) -> bool {
    let mut reachable = vec![false; text.len() + 1];
    if let Some(first) = reachable.first_mut() {
        *first = true;
    }
    for piece in pieces {
        let mut next = vec![false; text.len() + 1];
        let mut running = false;
        for (at, here) in reachable.iter().enumerate() {
            let character = text.get(at);
            match piece {
                Piece::Some | Piece::All => {
                    running |= here;
                    if let Some(slot) = next.get_mut(at) {
                        *slot |= running;
                    }
                    if matches!(piece, Piece::Some) && character == Some(&'/') {
                        running = false;
                    }
                }
                piece => {
                    if *here
                        && character.is_some_and(|character| fits(piece, *character))
                        && let Some(slot) = next.get_mut(at + 1)
                    {
                        *slot = true;
                    }
                }
            }
        }
        reachable = next;
    }
    reachable.last().copied().unwrap_or(false)
}

fn fits(piece: &Piece, character: char) -> bool {
    match piece {
        Piece::Literal(literal) => *literal == character,
        Piece::One => character != '/',
        Piece::Class { negated, ranges } => {
            ranges.iter().any(|(low, high)| (*low..=*high).contains(&character)) != *negated
        }
        Piece::Some | Piece::All => false,
    }
}
