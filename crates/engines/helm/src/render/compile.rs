//! Compiled charts: a chart with every template parsed, shared by all releases that use it.

use std::{collections::HashMap, sync::Arc};

use ferroflux_template::{Functions, Parsed};

use super::{context, functions};
use crate::{
    chart::{Chart, File},
    values::{Node, bind},
};

/// The name that Helm gives to its set of templates; texts given to `tpl` have it, too.
pub(crate) const ROOT: &str = "gotpl";

type ParseResult = Result<Parsed, ferroflux_template::ParseError>;

/// A chart and its parsed templates. Immutable and cheap to share.
#[derive(Debug)]
pub struct CompiledChart {
    chart: Arc<Chart>,
    /// By full path, for every name under which a dependency may take part.
    parsed: HashMap<String, Arc<ParseResult>>,
}

impl CompiledChart {
    /// Parses a chart's templates. A template that cannot be parsed is an error only when it takes part in a render.
    pub fn new(chart: Arc<Chart>) -> Result<Self, super::RenderError> {
        let options = super::Options::default();
        let parsed = super::on_own_stack(options.stack_bytes, || {
            let functions = functions::all(&functions::nothing());
            let mut parsed = HashMap::new();
            let mut node = Node::new(&chart);
            bind_all(&mut node);
            let name = node.name().to_owned();
            parse_all(&node, &name, &functions, &mut parsed);
            Ok(parsed)
        })?;
        Ok(Self { chart, parsed })
    }

    /// The chart.
    pub fn chart(&self) -> &Arc<Chart> {
        &self.chart
    }

    pub(super) fn parsed(&self, name: &str, file: &File, functions: &Functions) -> Arc<ParseResult> {
        match self.parsed.get(name) {
            Some(parsed) => parsed.clone(),
            None => Arc::new(parse(name, file, functions)),
        }
    }
}

fn parse(name: &str, file: &File, functions: &Functions) -> ParseResult {
    let text = String::from_utf8_lossy(&file.data);
    Parsed::parse(name, &text, &|function| functions.contains(function))
}

/// All dependencies under all their names, as if every one were enabled.
fn bind_all(node: &mut Node) {
    bind(node);
    node.dependencies.iter_mut().for_each(bind_all);
}

fn parse_all(node: &Node, path: &str, functions: &Functions, parsed: &mut HashMap<String, Arc<ParseResult>>) {
    for (name, file) in context::template_files(node, path) {
        let result = Arc::new(parse(&name, file, functions));
        parsed.insert(name, result);
    }
    for child in &node.dependencies {
        parse_all(child, &format!("{path}/charts/{}", child.name()), functions, parsed);
    }
}
