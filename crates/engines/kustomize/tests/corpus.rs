//! The corpus: our cases, with outputs recorded from the reference program, compared byte for byte.

mod support;

use support::{corpus_files, problem, read_cases};

fn run_file(name: &str) {
    let path = corpus_files()
        .into_iter()
        .find(|path| path.file_stem().is_some_and(|stem| stem == name))
        .unwrap_or_else(|| panic!("no corpus file `{name}`"));
    let cases = read_cases(&path);
    assert!(!cases.is_empty(), "no cases in `{name}`");
    let problems: Vec<String> = cases
        .iter()
        .filter_map(|case| problem(case, &case.run()).map(|text| format!("{name}: {}\n{text}", case.name)))
        .collect();
    assert!(
        problems.is_empty(),
        "{} of {} cases differ\n\n{}",
        problems.len(),
        cases.len(),
        problems.join("\n\n")
    );
}

macro_rules! corpus {
    ($($(#[$doc:meta])* $test:ident: $file:literal,)*) => {
        $($(#[$doc])* #[test] fn $test() { run_file($file); })*

        #[test]
        fn every_corpus_file_has_a_test() {
            let known = [$($file),*];
            for path in corpus_files() {
                let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
                assert!(known.contains(&stem), "corpus file `{stem}` is not run");
            }
        }
    };
}

corpus! {
    /// kustomize-engine.md 1.3: the kustomization file
    the_kustomization_file_is_read_as_the_reference_reads_it: "file",
    /// kustomize-engine.md 4: accumulation, errors, identity, components
    resources_are_accumulated_as_the_reference_does: "resources",
    /// kustomize-engine.md 4.2: typing, documents, anchors, lists
    resource_files_are_parsed_as_the_reference_does: "parsing",
    /// kustomize-engine.md 5: name references
    names_are_propagated_as_the_reference_does: "names",
    /// kustomize-engine.md 7: generators and hashes
    generators_give_the_same_objects_and_hashes: "generators",
    /// kustomize-engine.md 8.1 to 8.4: namespace, prefixes, labels, annotations
    simple_transformers_write_the_same_fields: "transformers",
    /// kustomize-engine.md 8.5 and 8.6: images and replicas
    images_and_replicas_change_alike: "images",
    /// kustomize-engine.md 9: patches
    patches_apply_as_the_reference_applies_them: "patches",
    /// kustomize-engine.md 10: replacements
    replacements_copy_the_same_values: "replacements",
    /// kustomize-engine.md 11: variables
    variables_expand_alike: "variables",
    /// kustomize-engine.md 6.3 and 12: configuration, CRDs, schemas, plugins
    configuration_has_the_same_effect: "configuration",
    /// kustomize-engine.md 13 and 14: order, metadata, rendering
    output_is_ordered_and_printed_alike: "output",
    /// kustomize-engine.md 3: the order of steps
    steps_run_in_the_same_order: "pipeline",
    /// kustomize-engine.md 1.2 and 15: confinement
    paths_are_confined: "confinement",
}
