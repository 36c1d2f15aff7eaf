use proptest::prelude::*;

use super::*;

fn matching(constraint: &str, versions: &[&str]) -> Vec<String> {
    let constraint = Constraints::parse(constraint).unwrap();
    let versions = versions.iter().map(|text| Version::parse(text).unwrap());
    versions
        .filter(|version| constraint.matches(version))
        .map(|version| version.original().to_owned())
        .collect()
}

/// source.md 18: scenario 10.
#[test]
fn a_range_takes_the_highest_version_and_no_prerelease() {
    let tags = ["1.9.0", "v1.10.0", "2.0.0", "1.11.0-rc.1"];
    let mut found = matching(">=1.0.0 <2.0.0", &tags);
    found.sort_by_key(|text| Version::parse(text).unwrap());
    assert_eq!(found.last().map(String::as_str), Some("v1.10.0"));
}

/// source.md 18: scenarios 32 and 43.
#[test]
fn a_comparison_with_a_prerelease_admits_prereleases() {
    let tags = ["1.0.0-rc.1", "1.0.0-rc.2", "0.9.0"];
    assert_eq!(matching(">=1.0.0-0", &tags), ["1.0.0-rc.1", "1.0.0-rc.2"]);
    assert_eq!(matching("*", &tags), ["0.9.0"]);
}

/// source.md 10.3: the range language.
#[test]
fn the_operators_mean_what_the_contract_says() {
    let all = ["0.0.3", "0.0.4", "0.2.3", "0.2.9", "0.3.0", "1.2.3", "1.2.9", "1.3.0", "1.9.9", "2.0.0"];
    let cases: &[(&str, &[&str])] = &[
        ("~1.2.3", &["1.2.3", "1.2.9"]),
        ("~1", &["1.2.3", "1.2.9", "1.3.0", "1.9.9"]),
        ("^1.2.3", &["1.2.3", "1.2.9", "1.3.0", "1.9.9"]),
        ("^0.2.3", &["0.2.3", "0.2.9"]),
        ("^0.0.3", &["0.0.3"]),
        ("^0", &["0.0.3", "0.0.4", "0.2.3", "0.2.9", "0.3.0"]),
        ("1.2 - 1.3", &["1.2.3", "1.2.9", "1.3.0"]),
        ("1.2.x || >=2", &["1.2.3", "1.2.9", "2.0.0"]),
        (">=1.2.9, =<1.9.9, !=1.3", &["1.2.9", "1.9.9"]),
    ];
    for (constraint, expected) in cases {
        assert_eq!(matching(constraint, &all), *expected, "{constraint}");
    }
}

#[test]
fn limits_hold_for_versions_constraints_and_alternatives() {
    assert_eq!(Version::parse(&"1".repeat(257)).unwrap_err(), VersionError::TooLong);
    assert_eq!(Constraints::parse(&" ".repeat(513)).unwrap_err(), ConstraintError::TooLong);
    assert_eq!(Constraints::parse(&["1"; 33].join("||")).unwrap_err(), ConstraintError::TooManyGroups);
    assert!(Constraints::parse(&["1"; 32].join("||")).is_ok());
}

#[test]
fn metadata_is_replaced_and_the_leading_v_stays() {
    let version = Version::parse("v1.2").unwrap().with_metadata("abc.1").unwrap();
    assert_eq!((version.original(), version.to_string().as_str()), ("v1.2.0+abc.1", "1.2.0+abc.1"));
    assert!(version.with_metadata("a_b").is_none());
    assert!(Version::parse_candidate("1.2").is_err());
    assert_eq!(Version::parse_candidate("v1.2.3").unwrap().original(), "v1.2.3");
}

proptest! {
    #[test]
    fn nothing_that_is_read_breaks_the_reader(text in "[0-9xX*|v. ,<>=!~^a-c+\\-]{0,40}", version in "\\PC{0,20}") {
        let _ = (Version::parse(&version), Version::parse_strict(&version));
        if let Ok(constraint) = Constraints::parse(&text) {
            let again = Constraints::parse(&constraint.to_string()).unwrap();
            prop_assert_eq!(again.to_string(), constraint.to_string());
        }
    }

    #[test]
    fn versions_are_totally_ordered(texts in proptest::collection::vec("[0-2]\\.[0-2]\\.[0-2](-(a|b|1|2|10|a\\.1|1\\.a))?", 3)) {
        let versions: Vec<_> = texts.iter().map(|text| Version::parse(text).unwrap()).collect();
        let (a, b, c) = (&versions[0], &versions[1], &versions[2]);
        prop_assert_eq!(a.cmp(b), b.cmp(a).reverse());
        if a <= b && b <= c {
            prop_assert!(a <= c);
        }
        prop_assert_eq!(&Version::parse(&a.to_string()).unwrap(), a);
    }
}
