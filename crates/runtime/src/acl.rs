//! References to other namespaces under `--no-cross-namespace-refs` (contract/kustomize.md 3.3, 15.4).

use crate::failure::Failure;

/// Which references an object may make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccessRules {
    /// `--no-cross-namespace-refs`.
    pub no_cross_namespace_refs: bool,
}

/// A reference that is not allowed. The text is the contract's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("can't access '{kind}/{namespace}/{name}', cross-namespace references have been blocked")]
pub struct AccessDenied {
    /// Kind of the object referred to.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl AccessRules {
    /// Whether an object in namespace `from` may refer to this one.
    pub fn check(self, from: &str, kind: &str, namespace: &str, name: &str) -> Result<(), AccessDenied> {
        if self.no_cross_namespace_refs && from != namespace {
            return Err(AccessDenied { kind: kind.into(), namespace: namespace.into(), name: name.into() });
        }
        Ok(())
    }
}

impl From<AccessDenied> for Failure {
    fn from(denied: AccessDenied) -> Self {
        Self::stalled(ferroflux_api::meta::reasons::ACCESS_DENIED, denied)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FailureKind;

    #[test]
    fn a_reference_within_the_namespace_is_always_allowed() {
        let rules = AccessRules { no_cross_namespace_refs: true };
        assert_eq!(rules.check("a", "GitRepository", "a", "app"), Ok(()));
    }

    #[test]
    fn a_reference_to_another_namespace_is_allowed_unless_the_flag_is_set() {
        assert_eq!(AccessRules::default().check("a", "GitRepository", "b", "app"), Ok(()));
    }

    /// kustomize.md 3.3: the message, terminal with reason AccessDenied.
    #[test]
    fn a_blocked_reference_stalls_the_object_with_the_contracts_message() {
        let rules = AccessRules { no_cross_namespace_refs: true };
        let denied = rules.check("a", "GitRepository", "b", "app").expect_err("it is blocked");
        let failure = Failure::from(denied);
        assert_eq!(failure.kind(), FailureKind::Stalled);
        assert_eq!(failure.reason(), "AccessDenied");
        assert_eq!(
            failure.message(),
            "can't access 'GitRepository/b/app', cross-namespace references have been blocked"
        );
    }
}
