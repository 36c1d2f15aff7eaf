//! Constraints: alternatives (`||`) of comparisons that must all hold.

use std::{fmt, str::FromStr};

use crate::{
    quote::quote,
    scan::{self, Pieces},
    version::{Version, compare_prereleases},
};

/// Bytes that a constraint may have.
pub const MAX_CONSTRAINT_LENGTH: usize = 512;

/// Alternatives that a constraint may have.
pub const MAX_CONSTRAINT_GROUPS: usize = 32;

/// Why a text is no constraint. The texts are those of the library.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConstraintError {
    /// It is longer than [`MAX_CONSTRAINT_LENGTH`].
    #[error("constraint string is too long (max {MAX_CONSTRAINT_LENGTH} bytes)")]
    TooLong,
    /// It has more alternatives than [`MAX_CONSTRAINT_GROUPS`].
    #[error("too many constraint groups (max {MAX_CONSTRAINT_GROUPS})")]
    TooManyGroups,
    /// An alternative has not the form of one; hyphen ranges are written out in what is shown.
    #[error("improper constraint: {}", quote(.0))]
    Improper(String),
    /// A comparison has the right form, but its version is none.
    #[error("constraint parser error")]
    Version,
}

/// Why a version does not satisfy a comparison. The texts are those of the library.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .message)]
pub struct Rejection {
    message: String,
}

/// A parsed constraint.
#[derive(Debug, Clone)]
pub struct Constraints {
    groups: Vec<Group>,
}

/// Comparisons that must all hold.
#[derive(Debug, Clone)]
struct Group {
    comparisons: Vec<Comparison>,
    /// Some comparison names a pre-release, so pre-releases count here.
    prereleases: bool,
}

#[derive(Debug, Clone)]
struct Comparison {
    operator: Operator,
    /// How the operator was spelled.
    spelled: Box<str>,
    /// The version, with zeros for what was left open.
    version: Version,
    /// How the version was spelled.
    original: Box<str>,
    /// From which part on the version was left open.
    open: Option<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Major,
    Minor,
    Patch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

impl Operator {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "" | "=" => Self::Equal,
            "!=" => Self::NotEqual,
            ">" => Self::Greater,
            "<" => Self::Less,
            ">=" | "=>" => Self::GreaterOrEqual,
            "<=" | "=<" => Self::LessOrEqual,
            "~" | "~>" => Self::Tilde,
            "^" => Self::Caret,
            _ => return None,
        })
    }
}

impl Constraints {
    /// Reads a constraint. An empty text is none; what it shall mean is for the caller to say.
    pub fn parse(text: &str) -> Result<Self, ConstraintError> {
        if text.len() > MAX_CONSTRAINT_LENGTH {
            return Err(ConstraintError::TooLong);
        }
        let text = write_out_hyphens(text);
        let groups: Vec<_> = text.split("||").collect();
        if groups.len() > MAX_CONSTRAINT_GROUPS {
            return Err(ConstraintError::TooManyGroups);
        }
        Ok(Self { groups: groups.into_iter().map(Group::parse).collect::<Result<_, _>>()? })
    }

    /// Whether `version` satisfies this.
    pub fn matches(&self, version: &Version) -> bool {
        self.groups.iter().any(|group| {
            group.comparisons.iter().all(|comparison| comparison.check(version, group.prereleases).is_ok())
        })
    }

    /// The reasons why `version` does not satisfy this; none if it does.
    pub fn validate(&self, version: &Version) -> Result<(), Vec<Rejection>> {
        let mut rejections = Vec::new();
        let mut told = false;
        for group in &self.groups {
            let mut holds = true;
            for comparison in &group.comparisons {
                match comparison.check(version, group.prereleases) {
                    Ok(()) => continue,
                    // Said once, not for each comparison.
                    Err(_) if !group.prereleases && !version.prerelease().is_empty() => {
                        if !told {
                            rejections.push(only_releases(version));
                            told = true;
                        }
                    }
                    Err(rejection) => rejections.push(rejection),
                }
                holds = false;
            }
            if holds {
                return Ok(());
            }
        }
        Err(rejections)
    }
}

impl FromStr for Constraints {
    type Err = ConstraintError;

    fn from_str(text: &str) -> Result<Self, ConstraintError> {
        Self::parse(text)
    }
}

/// The constraint with single spaces, and hyphen ranges written out.
impl fmt::Display for Constraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, group) in self.groups.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { " || " })?;
            for (at, comparison) in group.comparisons.iter().enumerate() {
                let space = if at == 0 { "" } else { " " };
                write!(f, "{space}{}{}", comparison.spelled, comparison.original)?;
            }
        }
        Ok(())
    }
}

impl Group {
    fn parse(text: &str) -> Result<Self, ConstraintError> {
        let improper = || ConstraintError::Improper(text.to_owned());
        let mut comparisons = Vec::new();
        let mut rest = text;
        loop {
            rest = scan::skip_space(rest);
            let end = rest.find(|c| !matches!(c, '=' | '!' | '>' | '<' | '~' | '^')).unwrap_or(rest.len());
            let (spelled, behind) = rest.split_at(end);
            let operator = Operator::parse(spelled).ok_or_else(improper)?;
            let (pieces, behind) =
                scan::take_version(scan::skip_space(behind), scan::is_wild_part).ok_or_else(improper)?;
            comparisons.push((operator, spelled, pieces));
            // White space, a comma, or both stand between two comparisons.
            rest = scan::skip_space(behind);
            let spaced = rest.len() < behind.len();
            match rest.strip_prefix(',') {
                Some(next) => rest = next,
                None if rest.is_empty() => break,
                None if spaced => {}
                None => return Err(improper()),
            }
        }
        let comparisons = comparisons
            .into_iter()
            .map(|(operator, spelled, pieces)| Comparison::new(operator, spelled, &pieces))
            .collect::<Result<Vec<_>, _>>()?;
        let prereleases = comparisons.iter().any(|comparison| !comparison.version.prerelease().is_empty());
        Ok(Self { comparisons, prereleases })
    }
}

impl Comparison {
    fn new(operator: Operator, spelled: &str, pieces: &Pieces<'_>) -> Result<Self, ConstraintError> {
        let is_open = |part: Option<&str>| part.is_none_or(|part| matches!(part, "x" | "X" | "*"));
        let pre = pieces.pre.map(|pre| format!("-{pre}")).unwrap_or_default();
        let minor = pieces.minor.unwrap_or_default();
        let (open, text) = if is_open(Some(pieces.major)) {
            (Some(Part::Major), format!("0.0.0{pre}"))
        } else if is_open(pieces.minor) {
            (Some(Part::Minor), format!("{}.0.0{pre}", pieces.major))
        } else if is_open(pieces.patch) {
            (Some(Part::Patch), format!("{}.{minor}.0{pre}", pieces.major))
        } else {
            (None, pieces.whole.to_owned())
        };
        let version = Version::parse(&text).map_err(|_| ConstraintError::Version)?;
        Ok(Self { operator, spelled: spelled.into(), version, original: pieces.whole.into(), open })
    }

    fn check(&self, version: &Version, prereleases: bool) -> Result<(), Rejection> {
        if !prereleases && !version.prerelease().is_empty() {
            return Err(only_releases(version));
        }
        let holds = match self.operator {
            Operator::Equal if self.open.is_some() => self.tilde(version),
            Operator::Equal => (*version == self.version).then_some(()).ok_or("is not equal to"),
            Operator::NotEqual => self.not_equal(version).then_some(()).ok_or("is equal to"),
            Operator::Greater => self.greater(version).then_some(()).ok_or("is less than or equal to"),
            Operator::Less => (*version < self.version).then_some(()).ok_or("is greater than or equal to"),
            Operator::GreaterOrEqual => (*version >= self.version).then_some(()).ok_or("is less than"),
            Operator::LessOrEqual => self.less_or_equal(version).then_some(()).ok_or("is greater than"),
            Operator::Tilde => self.tilde(version),
            Operator::Caret => self.caret(version),
        };
        holds.map_err(|relation| {
            let (relation, remark) = relation.split_once('.').unwrap_or((relation, ""));
            let remark = if remark.is_empty() { String::new() } else { format!(".{remark}") };
            let (version, original) = (quote(&version.to_string()), quote(&self.original));
            Rejection { message: format!("{version} {relation} {original}{remark}") }
        })
    }

    /// `!=`: parts that were left open match anything.
    fn not_equal(&self, version: &Version) -> bool {
        let own = &self.version;
        match self.open {
            None => version != own,
            // Nothing but the first number is compared, even if it was left open and stands for 0.
            Some(Part::Major | Part::Minor) if version.major() != own.major() => true,
            Some(Part::Minor) => false,
            Some(Part::Major) => version != own,
            Some(Part::Patch) => {
                (version.major(), version.minor()) != (own.major(), own.minor())
                    || compare_prereleases(version.prerelease(), own.prerelease()).is_ne()
            }
        }
    }

    /// `>`: above everything that an open version stands for.
    fn greater(&self, version: &Version) -> bool {
        let own = &self.version;
        match self.open {
            Some(Part::Minor) => version.major() > own.major(),
            Some(Part::Patch) => (version.major(), version.minor()) > (own.major(), own.minor()),
            Some(Part::Major) | None => version > own,
        }
    }

    /// `<=`: not above everything that an open version stands for.
    fn less_or_equal(&self, version: &Version) -> bool {
        let own = &self.version;
        match self.open {
            None => version <= own,
            Some(Part::Minor) => version.major() <= own.major(),
            Some(Part::Major | Part::Patch) => {
                (version.major(), version.minor()) <= (own.major(), own.minor())
            }
        }
    }

    /// `~`: the last number that was given may grow.
    fn tilde(&self, version: &Version) -> Result<(), &'static str> {
        let own = &self.version;
        if version < own {
            return Err("is less than");
        }
        let zero = (own.major(), own.minor(), own.patch()) == (0, 0, 0);
        if zero && matches!(self.open, None | Some(Part::Major)) {
            return Ok(());
        }
        if version.major() != own.major() {
            return Err("does not have same major version as");
        }
        if version.minor() != own.minor() && self.open != Some(Part::Minor) {
            return Err("does not have same major and minor version as");
        }
        Ok(())
    }

    /// `^`: everything behind the first number that is not zero may grow.
    fn caret(&self, version: &Version) -> Result<(), &'static str> {
        let own = &self.version;
        if version < own {
            return Err("is less than");
        }
        if version.major() != own.major() {
            return Err("does not have same major version as");
        }
        if own.major() > 0 || self.open == Some(Part::Minor) {
            return Ok(());
        }
        if own.minor() > 0 || self.open == Some(Part::Patch) {
            if version.minor() == own.minor() {
                return Ok(());
            }
            return Err(
                "does not have same minor version as. Expected minor versions to match when constraint major version is 0",
            );
        }
        if version.minor() > 0 {
            return Err("does not have same minor version as");
        }
        if version.patch() == own.patch() {
            return Ok(());
        }
        Err("does not equal. Expect version and constraint to equal when major and minor versions are 0")
    }
}

fn only_releases(version: &Version) -> Rejection {
    let version = quote(&version.to_string());
    let message =
        format!("{version} is a prerelease version and the constraint is only looking for release versions");
    Rejection { message }
}

/// Writes `1.2 - 2.3` as `>= 1.2, <= 2.3 `.
fn write_out_hyphens(text: &str) -> String {
    let mut out = text.to_owned();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match take_hyphen_range(rest) {
            Some((from, to, behind)) => {
                let found = rest.get(..rest.len() - behind.len()).unwrap_or(rest);
                out = out.replacen(found, &format!(">= {from}, <= {to} "), 1);
                rest = behind;
            }
            None => rest = rest.get(first.len_utf8()..).unwrap_or_default(),
        }
    }
    out
}

/// A hyphen range at the front of `text`: both ends, and what follows.
fn take_hyphen_range(text: &str) -> Option<(&str, &str, &str)> {
    let (from, behind) = scan::take_version(scan::skip_space(text), scan::is_wild_part)?;
    let hyphen = scan::skip_space(behind);
    let second = hyphen.strip_prefix('-')?;
    let to = scan::skip_space(second);
    if hyphen.len() == behind.len() || to.len() == second.len() {
        return None;
    }
    let (to, behind) = scan::take_version(to, scan::is_wild_part)?;
    Some((from.whole, to.whole, scan::skip_space(behind)))
}
