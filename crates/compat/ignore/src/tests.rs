use proptest::prelude::*;

use super::*;

fn tree(spec_ignore: &str) -> Matcher {
    Matcher::for_tree([], Some(spec_ignore))
}

/// source.md 18: scenario 6.
#[test]
fn any_pattern_switches_the_defaults_off_but_not_version_control() {
    let none = Matcher::for_tree([], None);
    assert!(none.excludes("a.png", false));
    assert!(none.excludes("deep/.sops.yaml", false));
    assert!(none.excludes(".github/workflows/a.yaml", false));
    assert!(none.excludes(".git/config", false));
    assert!(!none.excludes(".sourceignore", false));
    let own = Matcher::for_tree([("", b"foo/\n".as_slice())], None);
    assert!(!own.excludes("a.png", false));
    assert!(own.excludes("foo/bar", false));
    assert!(own.excludes(".gitignore", false));
    assert!(Matcher::for_tree([("", b"# nothing\n\n".as_slice())], Some("")).excludes("a.png", false));
}

/// source.md 18: scenario 7.
#[test]
fn everything_but_one_directory_can_be_excluded() {
    let matcher = tree("/*\n!/deploy\n");
    assert!(!matcher.excludes("deploy", true));
    assert!(!matcher.excludes("deploy/a/b.yaml", false));
    assert!(matcher.excludes("other/deploy", true));
    assert!(matcher.excludes("README.md", false));
}

/// source.md 18: scenario 8.
#[test]
fn a_file_below_an_excluded_directory_can_be_included_again() {
    let matcher = tree("dir/\n!dir/keep.txt\n");
    assert!(matcher.excludes("dir", true));
    assert!(matcher.excludes("dir/other.txt", false));
    assert!(!matcher.excludes("dir/keep.txt", false));
    assert!(!matcher.excludes("dir", false), "a file of that name is no directory");
}

#[test]
fn nested_files_apply_below_their_directory_and_in_walk_order() {
    let files: [(&str, &[u8]); 4] = [("a/b", b"!x"), ("", b"x"), ("a.b", b"y"), (".git/hooks", b"z")];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2]] {
        let matcher = Matcher::for_tree(order.map(|at| files[at]), None);
        assert!(matcher.excludes("x", false));
        assert!(matcher.excludes("a/x", false));
        assert!(!matcher.excludes("a/b/x", false));
        assert!(matcher.excludes("a.b/y", false));
        assert!(!matcher.excludes("y", false));
    }
    let spec = Matcher::for_tree([("a", b"!x".as_slice())], Some("x"));
    assert!(spec.excludes("a/x", false), "spec.ignore comes last");
}

/// source.md 5.4
#[test]
fn a_bucket_has_no_default_patterns() {
    assert!(Matcher::for_bucket(None, None).is_empty());
    let matcher = Matcher::for_bucket(Some(b"*.txt\r\n"), Some("!keep.txt"));
    assert!(matcher.excludes("a/b.txt", false));
    assert!(!matcher.excludes("keep.txt", false));
    assert!(!matcher.excludes(".git/config", false));
}

#[test]
fn escapes_and_trailing_spaces_are_read_as_git_reads_them() {
    assert!(tree("\\#a").excludes("#a", false));
    assert!(tree("\\!a").excludes("!a", false));
    assert!(tree("a   ").excludes("a", false));
    assert!(tree("a\\ ").excludes("a ", false));
    assert!(!tree("[a").excludes("[a", false));
    assert!(!tree("a**b/c").excludes("axb/c", false));
    assert!(tree("a/**").excludes("a", true));
    assert!(!tree("/**").excludes("a", true));
}

#[test]
fn many_stars_take_no_longer_than_few() {
    let pattern = "*a".repeat(2000);
    let matcher = tree(&pattern);
    assert!(!matcher.excludes(&"a".repeat(1999), false));
    assert!(!matcher.excludes(&format!("{}b", "a".repeat(4000)), false));
}

#[test]
fn a_line_without_end_stops_the_reading_of_its_file() {
    let text = format!("a\n{}\nb\n", "c".repeat(MAX_LINE));
    let matcher = tree(&text);
    assert!(matcher.excludes("a", false));
    assert!(!matcher.excludes("b", false));
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,60}", path in "[^/]{1,5}(/[^/]{1,5}){0,3}") {
        let _ = tree(&text).excludes(&path, false);
    }

    #[test]
    fn an_escaped_name_matches_itself(name in "[^/\\n\\r]{1,12}") {
        let escaped: String = name.chars().flat_map(|character| ['\\', character]).collect();
        prop_assert!(tree(&escaped).excludes(&name, false));
    }
}
