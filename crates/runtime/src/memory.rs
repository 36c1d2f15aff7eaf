//! How much memory the process may use, to size caches from it (design decision 5).

use std::fs;
use std::path::Path;

/// Assumed when neither the container nor its manifest says anything: the limit of the default manifests.
const DEFAULT_LIMIT: u64 = 1 << 30;

/// The memory that this process may use in bytes: `GOMEMLIMIT`, which the manifests set from the container's limit,
/// else the limit of the control group, else 1 GiB.
pub fn memory_limit() -> u64 {
    let declared = std::env::var("GOMEMLIMIT").ok().and_then(|text| parse_go_bytes(&text));
    let group = group_limit(Path::new("/sys/fs/cgroup"));
    match (declared, group) {
        (Some(declared), Some(group)) => declared.min(group),
        (Some(limit), None) | (None, Some(limit)) => limit,
        (None, None) => DEFAULT_LIMIT,
    }
}

/// A share of [`memory_limit`] for one cache, in per cent.
pub fn memory_share(percent: u64) -> u64 {
    memory_limit() / 100 * percent.min(100)
}

/// Go's notation: a number of bytes with an optional unit `B`, `KiB`, `MiB`, `GiB`, `TiB`.
fn parse_go_bytes(text: &str) -> Option<u64> {
    let digits_end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(digits_end)?;
    let scale: u64 = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(scale).filter(|limit| *limit > 0)
}

/// The limit of the control group, version 2 or 1; none when there is no limit.
fn group_limit(root: &Path) -> Option<u64> {
    // A process without a limit shows `max` in version 2 and a number near 2^63 in version 1.
    const NO_LIMIT: u64 = 1 << 60;
    ["memory.max", "memory/memory.limit_in_bytes"]
        .iter()
        .filter_map(|file| fs::read_to_string(root.join(file)).ok())
        .find_map(|text| text.trim().parse().ok())
        .filter(|limit| (1..NO_LIMIT).contains(limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_memory_limits_are_read_with_their_units() {
        assert_eq!(parse_go_bytes("1073741824"), Some(1 << 30));
        assert_eq!(parse_go_bytes("512MiB"), Some(512 << 20));
        assert_eq!(parse_go_bytes("off"), None);
        assert_eq!(parse_go_bytes("0"), None);
    }

    #[test]
    fn the_control_groups_limit_is_read_in_both_versions() {
        let root = tempfile::tempdir().expect("a directory can be made");
        assert_eq!(group_limit(root.path()), None);
        fs::create_dir(root.path().join("memory")).expect("a directory can be made");
        fs::write(root.path().join("memory/memory.limit_in_bytes"), "268435456\n")
            .expect("it can be written");
        assert_eq!(group_limit(root.path()), Some(256 << 20));
        fs::write(root.path().join("memory.max"), "max\n").expect("it can be written");
        assert_eq!(group_limit(root.path()), Some(256 << 20));
        fs::write(root.path().join("memory.max"), "536870912\n").expect("it can be written");
        assert_eq!(group_limit(root.path()), Some(512 << 20));
    }
}
