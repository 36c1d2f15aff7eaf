//! What the controllers' framework asks of every status.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use crate::meta::Condition;

/// A status with conditions, and the two fields that tell how far the controller has come.
///
/// Kinds that lack one of the two fields read as none and ignore being told a value.
pub trait Status:
    Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The conditions, in the order in which they are written.
    fn conditions(&self) -> &[Condition];

    /// The conditions, to be changed through [`crate::conditions`].
    fn conditions_mut(&mut self) -> &mut Vec<Condition>;

    /// Generation of the last fully handled spec; -1 before the first.
    fn observed_generation(&self) -> Option<i64> {
        None
    }

    /// Records the generation of a fully handled spec.
    fn set_observed_generation(&mut self, _generation: i64) {}

    /// Value of the last handled reconcile request.
    fn last_handled_reconcile_at(&self) -> Option<&str> {
        None
    }

    /// Records the value of a handled reconcile request.
    fn set_last_handled_reconcile_at(&mut self, _token: &str) {}
}

/// Implements [`Status`] for a struct with `conditions` and the named optional fields.
macro_rules! impl_status {
    ($name:ident, $($field:ident),*) => {
        impl crate::Status for $name {
            fn conditions(&self) -> &[crate::meta::Condition] {
                &self.conditions
            }

            fn conditions_mut(&mut self) -> &mut Vec<crate::meta::Condition> {
                &mut self.conditions
            }

            $( crate::status::impl_status! { @field $field } )*
        }
    };
    (@field observed_generation) => {
        fn observed_generation(&self) -> Option<i64> {
            self.observed_generation
        }

        fn set_observed_generation(&mut self, generation: i64) {
            self.observed_generation = Some(generation);
        }
    };
    (@field last_handled_reconcile_at) => {
        fn last_handled_reconcile_at(&self) -> Option<&str> {
            self.last_handled_reconcile_at.as_deref()
        }

        fn set_last_handled_reconcile_at(&mut self, token: &str) {
            self.last_handled_reconcile_at = Some(token.to_owned());
        }
    };
}
pub(crate) use impl_status;
