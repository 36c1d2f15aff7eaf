//! `.helmignore`: which files of a chart's directory are left out (contract/helm-engine.md 1.2).
//!
//! Archives are not filtered. Reading the directory is the caller's.

/// The rules of a `.helmignore` and the one that is built in.
#[derive(Debug, Clone)]
pub struct IgnoreRules(Vec<Rule>);

#[derive(Debug, Clone)]
struct Rule {
    pattern: String,
    negated: bool,
    directories_only: bool,
    scope: Scope,
}

/// What a pattern is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// The path from the chart's directory, without the leading slash of the pattern
    Anchored,
    /// The path as a whole
    Path,
    /// The last component
    Name,
}

/// Why a `.helmignore` cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IgnoreError {
    /// `**` is not known.
    #[error("double-star (**) syntax is not supported")]
    DoubleStar,
    /// A bracket that is not closed, or an escape at the end.
    #[error("syntax error in pattern")]
    Syntax,
}

impl IgnoreRules {
    /// Reads the rules of a file; without one there is only the built-in rule.
    pub fn parse(text: Option<&str>) -> Result<Self, IgnoreError> {
        let mut rules = Vec::new();
        let text = text.unwrap_or_default();
        for line in text.strip_prefix('\u{feff}').unwrap_or(text).lines().chain(["templates/.?*"]) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            rules.push(Rule::parse(line)?);
        }
        Ok(Self(rules))
    }

    /// Whether a file or directory, by its path within the chart, is left out; a directory with all its content.
    pub fn ignores(&self, path: &str, is_directory: bool) -> bool {
        if matches!(path, "" | "." | "./") {
            return false;
        }
        for rule in &self.0 {
            let matches = rule.matches(path);
            if rule.negated {
                if rule.directories_only && !is_directory {
                    return true;
                }
                if !matches {
                    return true;
                }
                continue;
            }
            if rule.directories_only && !is_directory {
                continue;
            }
            if matches {
                return true;
            }
        }
        false
    }
}

impl Rule {
    fn parse(line: &str) -> Result<Self, IgnoreError> {
        if line.contains("**") {
            return Err(IgnoreError::DoubleStar);
        }
        let (negated, line) = match line.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        let (directories_only, line) = match line.strip_suffix('/') {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        let (scope, pattern) = match line.strip_prefix('/') {
            Some(rest) => (Scope::Anchored, rest),
            None if line.contains('/') => (Scope::Path, line),
            None => (Scope::Name, line),
        };
        if glob(pattern, "abc").is_none() {
            return Err(IgnoreError::Syntax);
        }
        Ok(Self { pattern: pattern.to_owned(), negated, directories_only, scope })
    }

    fn matches(&self, path: &str) -> bool {
        let text = match self.scope {
            Scope::Anchored | Scope::Path => path,
            Scope::Name => path.rsplit('/').next().unwrap_or(path),
        };
        glob(&self.pattern, text).unwrap_or(false)
    }
}

/// `filepath.Match`; `None` for a malformed pattern.
pub fn glob(pattern: &str, text: &str) -> Option<bool> {
    let pattern = parse_glob(pattern)?;
    let text: Vec<char> = text.chars().collect();
    let mut reachable = vec![false; text.len() + 1];
    if let Some(first) = reachable.first_mut() {
        *first = true;
    }
    for piece in &pattern {
        let mut next = vec![false; text.len() + 1];
        let mut running = false;
        for (at, here) in reachable.iter().enumerate() {
            let character = text.get(at).copied();
            if matches!(piece, Piece::Any) {
                running |= here;
                if let Some(slot) = next.get_mut(at) {
                    *slot |= running;
                }
                running &= character != Some('/');
            } else if *here
                && character.is_some_and(|character| piece.fits(character))
                && let Some(slot) = next.get_mut(at + 1)
            {
                *slot = true;
            }
        }
        reachable = next;
    }
    Some(reachable.last().copied().unwrap_or(false))
}

enum Piece {
    Any,
    One,
    Literal(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Piece {
    fn fits(&self, character: char) -> bool {
        match self {
            Self::Any => false,
            Self::One => character != '/',
            Self::Literal(literal) => *literal == character,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&character)) != *negated
            }
        }
    }
}

fn parse_glob(pattern: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        pieces.push(match character {
            '*' => Piece::Any,
            '?' => Piece::One,
            '\\' => Piece::Literal(characters.next()?),
            '[' => {
                let negated = characters.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                loop {
                    let mut bound = || match characters.next()? {
                        '\\' => characters.next(),
                        '-' => None,
                        character => Some(character),
                    };
                    let low = bound()?;
                    if low == ']' && !ranges.is_empty() {
                        break;
                    }
                    let high = if characters.next_if_eq(&'-').is_some() {
                        match characters.next()? {
                            '\\' => characters.next()?,
                            character => character,
                        }
                    } else {
                        low
                    };
                    ranges.push((low, high));
                }
                Piece::Class { negated, ranges }
            }
            character => Piece::Literal(character),
        });
    }
    Some(pieces)
}
