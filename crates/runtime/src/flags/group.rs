//! Groups of flags as structs.

use super::FlagSet;

/// A struct whose fields are flags.
pub trait FlagGroup: Sized {
    /// Defines the flags.
    fn define(flags: &mut FlagSet);

    /// Reads what was typed.
    fn read(flags: &FlagSet) -> Self;
}

impl FlagGroup for () {
    fn define(_: &mut FlagSet) {}

    fn read(_: &FlagSet) -> Self {}
}

impl<A: FlagGroup, B: FlagGroup> FlagGroup for (A, B) {
    fn define(flags: &mut FlagSet) {
        A::define(flags);
        B::define(flags);
    }

    fn read(flags: &FlagSet) -> Self {
        (A::read(flags), B::read(flags))
    }
}

impl<A: FlagGroup, B: FlagGroup, C: FlagGroup> FlagGroup for (A, B, C) {
    fn define(flags: &mut FlagSet) {
        A::define(flags);
        B::define(flags);
        C::define(flags);
    }

    fn read(flags: &FlagSet) -> Self {
        (A::read(flags), B::read(flags), C::read(flags))
    }
}

/// Defines a struct of flags, each once with name, type, default and help:
///
/// ```
/// use std::time::Duration;
///
/// ferroflux_runtime::flag_group! {
///     /// Flags of the artifact storage.
///     pub struct StorageFlags {
///         /// Where artifacts are kept.
///         storage_path: String = "storage-path", "/data", "The path where artifacts are kept.";
///         /// How long an old artifact stays.
///         retention: Duration = "artifact-retention-ttl", "1m0s", "How long an old artifact is kept.";
///     }
/// }
/// ```
///
/// Types are those of [`FlagValue`](crate::flags::FlagValue). An empty default means the type's own.
#[macro_export]
macro_rules! flag_group {
    (
        $(#[$meta:meta])*
        $visibility:vis struct $group:ident {
            $( $(#[$field_meta:meta])* $field:ident : $type:ty = $name:literal, $default:literal, $help:literal; )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        $visibility struct $group {
            $( $(#[$field_meta])* pub $field: $type, )*
        }

        impl $crate::flags::FlagGroup for $group {
            fn define(flags: &mut $crate::flags::FlagSet) {
                $( flags.define::<$type>($name, $default, $help); )*
            }

            fn read(flags: &$crate::flags::FlagSet) -> Self {
                Self { $( $field: flags.get::<$type>($name), )* }
            }
        }
    };
}
