//! The built-in places, as `contract/kustomize-engine.md` 5.2, 8 and 11 list them.

use super::{Configuration, NameReference};
use crate::{
    field_spec::{FieldSpec, FieldSpecs},
    id::Gvk,
};

const RBAC: &str = "rbac.authorization.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";

/// Kinds with a pod in them, and where its specification stands.
const POD_SPECS: &[(&str, &str, &str)] = &[
    ("v1", "Pod", "spec"),
    ("", "PodTemplate", "template/spec"),
    ("", "Deployment", "spec/template/spec"),
    ("", "ReplicaSet", "spec/template/spec"),
    ("", "DaemonSet", "spec/template/spec"),
    ("", "StatefulSet", "spec/template/spec"),
    ("", "Job", "spec/template/spec"),
    ("", "CronJob", "spec/jobTemplate/spec/template/spec"),
];

/// The seven kinds whose pods' service accounts, claims and priorities are known.
const PODS_WITH_IDENTITY: &[(&str, &str)] = &[
    ("Pod", "spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicationController", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
];

fn spec(group: &str, version: &str, kind: &str, path: &str, create: bool) -> FieldSpec {
    FieldSpec::new(Gvk::new(group, version, kind), path, create)
}

fn kind(kind: &str, path: &str) -> FieldSpec {
    spec("", "", kind, path, false)
}

pub(super) fn configuration() -> Configuration {
    let mut common_labels = selectors();
    common_labels.extend(template_labels());
    Configuration {
        name_prefix: FieldSpecs(vec![FieldSpec::anywhere("metadata/name", false)]),
        name_suffix: FieldSpecs(vec![FieldSpec::anywhere("metadata/name", false)]),
        namespace: FieldSpecs(vec![
            spec("", "", "Namespace", "metadata/name", true),
            spec("apiregistration.k8s.io", "", "APIService", "spec/service/namespace", true),
            spec(
                "apiextensions.k8s.io",
                "",
                "CustomResourceDefinition",
                "spec/conversion/webhook/clientConfig/service/namespace",
                false,
            ),
        ]),
        common_labels: FieldSpecs(common_labels),
        labels: FieldSpecs::default(),
        template_labels: FieldSpecs(template_labels()),
        common_annotations: FieldSpecs(annotations()),
        name_references: name_references(),
        variables: FieldSpecs(variables()),
        images: FieldSpecs(images()),
        replicas: FieldSpecs(
            ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"]
                .iter()
                .map(|name| spec("", "", name, "spec/replicas", true))
                .collect(),
        ),
    }
}

fn images() -> Vec<FieldSpec> {
    let mut specs = Vec::new();
    for prefix in ["spec", "spec/template/spec"] {
        for list in ["containers[]/image", "initContainers[]/image", "volumes[]/image/reference"] {
            // Marked as created, as users' additions must be, though nothing is ever created here.
            specs.push(FieldSpec::anywhere(&format!("{prefix}/{list}"), true));
        }
    }
    specs
}

fn selectors() -> Vec<FieldSpec> {
    let mut specs = vec![
        spec("", "v1", "Service", "spec/selector", true),
        spec("", "v1", "ReplicationController", "spec/selector", true),
        spec("", "", "Deployment", "spec/selector/matchLabels", true),
        spec("", "", "ReplicaSet", "spec/selector/matchLabels", true),
        spec("", "", "DaemonSet", "spec/selector/matchLabels", true),
        spec("apps", "", "StatefulSet", "spec/selector/matchLabels", true),
        spec("batch", "", "Job", "spec/selector/matchLabels", false),
        spec("batch", "", "CronJob", "spec/jobTemplate/spec/selector/matchLabels", false),
        spec("policy", "", "PodDisruptionBudget", "spec/selector/matchLabels", false),
    ];
    for path in ["spec", "spec/ingress/from", "spec/egress/to"] {
        let path = format!("{path}/podSelector/matchLabels");
        specs.push(spec("networking.k8s.io", "", "NetworkPolicy", &path, false));
    }
    for workload in ["Deployment", "StatefulSet"] {
        let pod = "spec/template/spec";
        for affinity in ["podAffinity", "podAntiAffinity"] {
            let base = format!("{pod}/affinity/{affinity}");
            let preferred = format!(
                "{base}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels"
            );
            let required =
                format!("{base}/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels");
            specs.push(spec("apps", "", workload, &preferred, false));
            specs.push(spec("apps", "", workload, &required, false));
        }
        let spread = format!("{pod}/topologySpreadConstraints/labelSelector/matchLabels");
        specs.push(spec("apps", "", workload, &spread, false));
    }
    specs
}

fn template_labels() -> Vec<FieldSpec> {
    let mut specs = vec![FieldSpec::anywhere("metadata/labels", true)];
    specs.extend(templates("labels"));
    specs.push(spec("apps", "", "StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels", true));
    specs
}

/// Where pod templates keep their labels or annotations.
fn templates(field: &str) -> Vec<FieldSpec> {
    let path = format!("spec/template/metadata/{field}");
    let stateful_group = if field == "labels" { "apps" } else { "" };
    let mut specs = vec![spec("", "v1", "ReplicationController", &path, true)];
    for (group, kind) in [
        ("", "Deployment"),
        ("", "ReplicaSet"),
        ("", "DaemonSet"),
        (stateful_group, "StatefulSet"),
        ("batch", "Job"),
    ] {
        specs.push(spec(group, "", kind, &path, true));
    }
    for path in ["spec/jobTemplate/metadata", "spec/jobTemplate/spec/template/metadata"] {
        specs.push(spec("batch", "", "CronJob", &format!("{path}/{field}"), true));
    }
    specs
}

fn annotations() -> Vec<FieldSpec> {
    let mut specs = vec![FieldSpec::anywhere("metadata/annotations", true)];
    specs.extend(templates("annotations"));
    specs
}

fn variables() -> Vec<FieldSpec> {
    let pods = [
        ("CronJob", "spec/jobTemplate/spec/template/spec"),
        ("DaemonSet", "spec/template/spec"),
        ("Deployment", "spec/template/spec"),
        ("Job", "spec/template/spec"),
        ("Pod", "spec"),
        ("ReplicaSet", "spec/template/spec"),
        ("StatefulSet", "spec/template/spec"),
    ];
    let mut specs = Vec::new();
    for (name, pod) in pods {
        for list in ["containers", "initContainers"] {
            for field in ["args", "command", "env/value", "volumeMounts/mountPath"] {
                specs.push(kind(name, &format!("{pod}/{list}/{field}")));
            }
        }
        match name {
            // The reference has this path without `spec`, where nothing stands.
            "CronJob" => specs.push(kind(name, "spec/jobTemplate/spec/template/volumes/nfs/server")),
            "StatefulSet" => specs.push(kind(name, "spec/volumeClaimTemplates/spec/nfs/server")),
            _ => specs.push(kind(name, &format!("{pod}/volumes/nfs/server"))),
        }
    }
    specs.extend([
        kind("Deployment", "spec/template/metadata/annotations"),
        kind("Ingress", "spec/rules/host"),
        kind("Ingress", "spec/tls/hosts"),
        kind("Ingress", "spec/tls/secretName"),
        kind("Service", "spec/ports/port"),
        kind("Service", "spec/ports/targetPort"),
        kind("PersistentVolume", "spec/nfs/server"),
        FieldSpec::anywhere("metadata/labels", false),
        FieldSpec::anywhere("metadata/annotations", false),
    ]);
    specs
}

fn name_references() -> Vec<NameReference> {
    let reference = |group: &str, version: &str, kind: &str, referrers: Vec<FieldSpec>| NameReference {
        target: Gvk::new(group, version, kind),
        referrers: FieldSpecs(referrers),
    };
    let pods = |field: &str| -> Vec<FieldSpec> {
        PODS_WITH_IDENTITY.iter().map(|(name, pod)| kind(name, &format!("{pod}/{field}"))).collect()
    };
    let mut references: Vec<NameReference> =
        ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"]
            .iter()
            .map(|target| {
                let scaler = vec![kind("HorizontalPodAutoscaler", "spec/scaleTargetRef/name")];
                reference("", "", target, scaler)
            })
            .collect();
    references.extend([
        reference("", "v1", "ConfigMap", config_map_referrers()),
        reference("", "v1", "Secret", secret_referrers()),
        reference("", "v1", "Service", service_referrers()),
        reference(RBAC, "", "Role", vec![spec(RBAC, "", "RoleBinding", "roleRef/name", false)]),
        reference(
            RBAC,
            "",
            "ClusterRole",
            vec![
                spec(RBAC, "", "RoleBinding", "roleRef/name", false),
                spec(RBAC, "", "ClusterRoleBinding", "roleRef/name", false),
            ],
        ),
        reference("", "v1", "ServiceAccount", {
            let mut specs = vec![
                spec(RBAC, "", "RoleBinding", "subjects", false),
                spec(RBAC, "", "ClusterRoleBinding", "subjects", false),
            ];
            specs.extend(pods("serviceAccountName"));
            specs
        }),
        reference("", "v1", "PersistentVolumeClaim", pods("volumes/persistentVolumeClaim/claimName")),
        reference(
            "",
            "v1",
            "PersistentVolume",
            vec![
                kind("PersistentVolumeClaim", "spec/volumeName"),
                kind("ClusterRole", "rules/resourceNames"),
            ],
        ),
        reference(
            "storage.k8s.io",
            "v1",
            "StorageClass",
            vec![
                kind("PersistentVolume", "spec/storageClassName"),
                kind("PersistentVolumeClaim", "spec/storageClassName"),
                kind("StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName"),
            ],
        ),
        reference("scheduling.k8s.io", "v1", "PriorityClass", pods("priorityClassName")),
        // The group is wrong in the reference too, so this never fires.
        reference(
            "networking.k8s.io/v1",
            "v1",
            "IngressClass",
            vec![kind("Ingress", "spec/ingressClassName")],
        ),
        reference(
            ADMISSION,
            "",
            "ValidatingAdmissionPolicy",
            vec![spec(ADMISSION, "", "ValidatingAdmissionPolicyBinding", "spec/policyName", false)],
        ),
    ]);
    references
}

fn in_pods(paths: &[&str]) -> Vec<FieldSpec> {
    let mut specs = Vec::new();
    for (version, name, pod) in POD_SPECS {
        for path in paths {
            specs.push(spec("", version, name, &format!("{pod}/{path}"), false));
        }
    }
    specs
}

fn config_map_referrers() -> Vec<FieldSpec> {
    let mut specs = in_pods(&[
        "volumes/configMap/name",
        "containers/env/valueFrom/configMapKeyRef/name",
        "initContainers/env/valueFrom/configMapKeyRef/name",
        "containers/envFrom/configMapRef/name",
        "initContainers/envFrom/configMapRef/name",
        "volumes/projected/sources/configMap/name",
    ]);
    specs.extend([
        kind("Node", "spec/configSource/configMap"),
        kind("Role", "rules/resourceNames"),
        kind("ClusterRole", "rules/resourceNames"),
        kind("Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap"),
    ]);
    specs
}

fn secret_referrers() -> Vec<FieldSpec> {
    let mut specs = in_pods(&[
        "volumes/secret/secretName",
        "containers/env/valueFrom/secretKeyRef/name",
        "initContainers/env/valueFrom/secretKeyRef/name",
        "containers/envFrom/secretRef/name",
        "initContainers/envFrom/secretRef/name",
        "imagePullSecrets/name",
        "volumes/projected/sources/secret/name",
    ]);
    specs.push(kind("Ingress", "spec/tls/secretName"));
    for annotation in [
        "ingress.kubernetes.io\\/auth-secret",
        "nginx.ingress.kubernetes.io\\/auth-secret",
        "nginx.ingress.kubernetes.io\\/auth-tls-secret",
    ] {
        specs.push(kind("Ingress", &format!("metadata/annotations/{annotation}")));
    }
    specs.push(kind("ServiceAccount", "imagePullSecrets/name"));
    for parameter in ["secretName", "adminSecretName", "userSecretName", "secretRef"] {
        specs.push(kind("StorageClass", &format!("parameters/{parameter}")));
    }
    specs.extend([
        kind("Role", "rules/resourceNames"),
        kind("ClusterRole", "rules/resourceNames"),
        spec(
            "serving.knative.dev",
            "v1",
            "Service",
            "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
            false,
        ),
        kind("PersistentVolume", "spec/azureFile/secretName"),
    ]);
    specs
}

fn service_referrers() -> Vec<FieldSpec> {
    vec![
        spec("apps", "", "StatefulSet", "spec/serviceName", false),
        kind("Ingress", "spec/rules/http/paths/backend/serviceName"),
        kind("Ingress", "spec/backend/serviceName"),
        kind("Ingress", "spec/rules/http/paths/backend/service/name"),
        kind("Ingress", "spec/defaultBackend/service/name"),
        spec("apiregistration.k8s.io", "", "APIService", "spec/service/name", false),
        spec(ADMISSION, "", "ValidatingWebhookConfiguration", "webhooks/clientConfig/service", false),
        spec(ADMISSION, "", "MutatingWebhookConfiguration", "webhooks/clientConfig/service", false),
    ]
}
