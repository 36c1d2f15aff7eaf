use super::{Schema, table};
use crate::id::Gvk;

/// kustomize-engine.md 6.2: the merge keys of containers and their ports
#[test]
fn containers_merge_by_name_and_ports_by_port_and_protocol() {
    let schema = Schema::new(true);
    let mut node = schema.of_type("apps/v1", "Deployment").expect("known type");
    for name in ["spec", "template", "spec", "containers"] {
        node = schema.field(node, name).expect(name);
    }
    assert_eq!(Schema::merge_keys(node), Some(vec!["name"]));
    let ports = schema.field(schema.elements(node).expect("elements"), "ports").expect("ports");
    assert_eq!(Schema::merge_keys(ports), Some(vec!["containerPort", "protocol"]));
}

/// kustomize-engine.md 4.3: kinds outside the embedded schema count as namespaced
#[test]
fn only_types_of_the_embedded_schema_are_known_to_be_cluster_scoped() {
    let schema = Schema::new(true);
    assert!(schema.is_cluster_scoped(&Gvk::new("rbac.authorization.k8s.io", "v1", "ClusterRole")));
    assert!(schema.is_cluster_scoped(&Gvk::new("", "v1", "Namespace")));
    assert!(!schema.is_cluster_scoped(&Gvk::new("gateway.networking.k8s.io", "v1", "GatewayClass")));
    assert!(!schema.is_cluster_scoped(&Gvk::new("rbac.authorization.k8s.io", "v1alpha1", "ClusterRole")));
}

#[test]
fn the_generated_tables_are_sorted() {
    assert!(table::TYPES.is_sorted_by_key(|(name, _)| *name));
    assert!(table::DEFINITIONS.is_sorted_by_key(|(name, _)| *name));
    assert!(table::CLUSTER_SCOPED.is_sorted());
    assert!(table::SHAPES.iter().all(|shape| shape.fields.is_sorted_by_key(|(name, _)| *name)));
}
