//! Values in Go syntax, for the errors that show them.

use crate::{Dialect, Error, Kind, Node, Scalar};

use super::{Decoder, scalar::meaning};

impl Decoder<'_> {
    /// The node as `%#v` prints its value, shortened when it gets long.
    pub(super) fn push_go_syntax(&self, out: &mut String, node: &Node, inside: bool) -> Result<(), Error> {
        const LONGEST: usize = 1_000;
        if out.len() > LONGEST {
            out.push('…');
            return Ok(());
        }
        let children = node.children.iter().enumerate();
        match node.kind {
            Kind::Alias => match self.targets.get(&std::ptr::from_ref(node)) {
                Some(target) if target.children.is_empty() => self.push_go_syntax(out, target, inside)?,
                _ => out.push('…'),
            },
            Kind::Scalar => out.push_str(&match meaning(node, self.options.dialect)? {
                Scalar::Null if inside => "interface {}(nil)".into(),
                Scalar::Null => "<nil>".into(),
                Scalar::Bool(truth) => truth.to_string(),
                Scalar::Int(number) => number.to_string(),
                Scalar::Uint(number) => format!("{number:#x}"),
                Scalar::Float(number) => ferroflux_go::float::format_g(number),
                Scalar::Timestamp(_) | Scalar::String => ferroflux_go::quote::quote(&node.value),
            }),
            Kind::Sequence => {
                out.push_str("[]interface {}{");
                for (index, child) in children {
                    out.push_str(if index > 0 { ", " } else { "" });
                    self.push_go_syntax(out, child, true)?;
                }
                out.push('}');
            }
            Kind::Mapping => {
                let dialect = self.options.dialect;
                let strings =
                    node.entries().all(|(key, _)| matches!(key.short_tag(dialect), "!!str" | "!!merge"));
                let keys = if dialect == Dialect::V3 && strings { "string" } else { "interface {}" };
                out.push_str(&format!("map[{keys}]interface {{}}{{"));
                if let Some((key, _)) = node.entries().find(|(key, _)| !key.children.is_empty()) {
                    let mut text = String::from("invalid map key: ");
                    self.push_go_syntax(&mut text, key, false)?;
                    return Err(Error::Invalid(text));
                }
                for (index, child) in children {
                    out.push_str(match index {
                        0 => "",
                        index if index % 2 == 0 => ", ",
                        _ => ":",
                    });
                    self.push_go_syntax(out, child, true)?;
                }
                out.push('}');
            }
        }
        Ok(())
    }
}
