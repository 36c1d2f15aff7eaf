//! The store over ConfigMap-like objects.

use ferroflux_api::source::v1::{GitRepository, GitRepositorySpec};

use super::*;

fn object(name: &str, version: &str, uid: &str, url: &str) -> Held<GitRepository> {
    let mut object =
        GitRepository::new(name, GitRepositorySpec { url: url.to_owned(), ..GitRepositorySpec::default() });
    object.metadata.namespace = Some("ns".to_owned());
    object.metadata.resource_version = Some(version.to_owned());
    object.metadata.uid = Some(uid.to_owned());
    Held::Valid(Arc::new(object))
}

fn names(objects: &[Arc<GitRepository>]) -> Vec<String> {
    objects.iter().map(|object| object.metadata.name.clone().unwrap_or_default()).collect()
}

#[test]
fn an_older_version_never_replaces_a_newer_one_of_the_same_object() {
    let store = Store::new();
    let key = Key::new("ns", "a");
    assert!(matches!(store.put(&key, object("a", "10", "1", "https://new")), Put::Stored(None)));
    assert!(matches!(store.put(&key, object("a", "9", "1", "https://old")), Put::Old));
    assert!(matches!(store.put(&key, object("a", "10", "1", "https://same")), Put::Old));
    assert_eq!(store.get(&key).expect("it is there").spec.url, "https://new");
    assert!(matches!(store.put(&key, object("a", "3", "2", "https://anew")), Put::Stored(Some(_))));
}

#[test]
fn an_index_follows_changes_and_removals() {
    let store = Store::new();
    let (a, b) = (Key::new("ns", "a"), Key::new("ns", "b"));
    store.put(&a, object("a", "1", "1", "https://x"));
    let by_url = store.add_index(|object: &GitRepository| vec![object.spec.url.clone()]);
    store.put(&b, object("b", "2", "2", "https://x"));
    assert_eq!(names(&store.by_index(by_url, "https://x")), ["a", "b"]);
    store.put(&a, object("a", "3", "1", "https://y"));
    assert_eq!(store.keys_by_index(by_url, "https://x"), std::slice::from_ref(&b));
    assert_eq!(names(&store.by_index(by_url, "https://y")), ["a"]);
    store.remove(&b);
    assert!(store.by_index(by_url, "https://x").is_empty());
    assert_eq!(store.len(), 1);
}

#[test]
fn an_index_function_that_panics_leaves_only_its_object_out() {
    let store = Store::new();
    let by_url = store.add_index(|object: &GitRepository| {
        assert_ne!(object.spec.url, "https://bad", "on purpose");
        vec![object.spec.url.clone()]
    });
    store.put(&Key::new("ns", "bad"), object("bad", "1", "1", "https://bad"));
    store.put(&Key::new("ns", "good"), object("good", "2", "2", "https://good"));
    assert_eq!(names(&store.by_index(by_url, "https://good")), ["good"]);
    assert_eq!(store.len(), 2);
}
