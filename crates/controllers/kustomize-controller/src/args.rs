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

#[cfg(test)]
mod tests {
    use ferroflux_runtime::flags::{CommonFlags, FlagGroup as _, FlagSet};

    use super::KustomizeFlags;

    /// install-and-cli.md 4.1, 4.3
    #[test]
    fn names_types_and_defaults_are_those_of_the_contract() {
        let mut flags = FlagSet::default();
        <(CommonFlags, KustomizeFlags)>::define(&mut flags);
        flags.check_defaults().expect("every default can be read");
        let described = flags.describe();
        for (name, default) in [
            ("concurrent", "4"),
            ("concurrent-ssa", "4"),
            ("custom-apply-stage-kinds", ""),
            ("default-decryption-service-account", ""),
            ("default-kubeconfig-service-account", ""),
            ("default-service-account", ""),
            ("http-retry", "9"),
            ("insecure-kubeconfig-exec", "false"),
            ("insecure-kubeconfig-tls", "false"),
            ("interval-jitter-percentage", "5"),
            ("no-cross-namespace-refs", "false"),
            ("no-remote-bases", "false"),
            ("override-manager", ""),
            ("requeue-dependency", "30s"),
            ("sops-age-secret", ""),
            ("sops-vault-configmap", ""),
        ] {
            assert!(
                described.iter().any(|(known, _, given)| *known == name && *given == default),
                "--{name} has not the default `{default}`"
            );
        }
        let mut typed = FlagSet::default();
        KustomizeFlags::define(&mut typed);
        let arguments = ["--override-manager=a,b", "--override-manager", "c", "--concurrent-ssa=2"];
        typed.parse(arguments.map(str::to_owned), |_| None).expect("valid arguments");
        let flags = KustomizeFlags::read(&typed);
        assert_eq!(flags.override_manager.0, ["a,b", "c"]);
        assert_eq!(flags.concurrent_ssa, 2);
    }
}
