//! Complex constants, which templates can only print.

use std::any::Any;

use crate::value::{Kind, Object};

/// A `complex128`.
pub(crate) struct Complex {
    pub(crate) re: f64,
    pub(crate) im: f64,
}

impl Object for Complex {
    fn type_name(&self) -> String {
        "complex128".into()
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn display(&self) -> Option<String> {
        let sign = if self.im.is_sign_negative() { "" } else { "+" };
        Some(format!(
            "({}{sign}{}i)",
            ferroflux_go::float::format_g(self.re),
            ferroflux_go::float::format_g(self.im)
        ))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
