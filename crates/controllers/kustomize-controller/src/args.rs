//! This program's own flags (contract/install-and-cli.md 4.3).

use ferroflux_runtime::flags::Repeated;

ferroflux_runtime::flag_group! {
    /// What was typed for the kustomize-controller's own flags.
    pub struct KustomizeFlags {
        /// Checks of one object's stage at the same time.
        concurrent_ssa: i64 = "concurrent-ssa", "4",
            "The number of objects of a Kustomization that are checked at the same time.";
        /// Whether bases may lie in other repositories.
        no_remote_bases: bool = "no-remote-bases", "false",
            "Refuse Kustomize bases and files that lie outside of the source.";
        /// Further field managers that are taken over.
        override_manager: Repeated = "override-manager", "",
            "Name of a field manager whose fields are taken over; may be given more than once.";
        /// Kinds of the extra stage.
        custom_apply_stage_kinds: String = "custom-apply-stage-kinds", "",
            "Kinds that are applied before all others but definitions and classes, e.g. 'group/Kind,group/Kind'.";
        /// Account of kubeconfigs that name none.
        default_kubeconfig_service_account: String = "default-kubeconfig-service-account", "",
            "The service account used for remote clusters when the ConfigMap names none.";
        /// Account of decryption that names none.
        default_decryption_service_account: String = "default-decryption-service-account", "",
            "The service account used for decryption when the Kustomization names none.";
        /// Secret with age keys for all objects.
        sops_age_secret: String = "sops-age-secret", "",
            "Name of a Secret in the controller's namespace with age keys for all Kustomizations.";
        /// ConfigMap with Vault settings for all objects.
        sops_vault_configmap: String = "sops-vault-configmap", "",
            "Name of a ConfigMap in the controller's namespace with Vault settings for all Kustomizations.";
        /// Whether kubeconfigs may start programs.
        insecure_kubeconfig_exec: bool = "insecure-kubeconfig-exec", "false",
            "Allow kubeconfigs that start a program for credentials.";
        /// Whether kubeconfigs may switch verification off.
        insecure_kubeconfig_tls: bool = "insecure-kubeconfig-tls", "false",
            "Allow kubeconfigs that do not verify the server's certificate.";
    }
}
