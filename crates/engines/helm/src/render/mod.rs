//! Rendering: a compiled chart, values and a release in, files out.

mod capabilities;
mod compile;
mod context;
mod error;
mod files;
mod functions;
mod glob;

use std::{collections::BTreeMap, panic, sync::Arc};

use ferroflux_template::{Execution, Limits, Map, Templates, Value};
use jiff::Timestamp;

pub use capabilities::{Capabilities, HelmVersion, KubeVersion};
pub use compile::CompiledChart;
pub use error::RenderError;

use crate::{
    chart::Metadata,
    schema,
    values::{Node, coalesce_values, process_dependencies, values_map},
};

/// Answers `lookup` in templates.
pub trait Lookup: Send + Sync {
    /// The object, or for an empty name the list of objects; an empty map if it does not exist. Errors end the
    /// render with their text.
    fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<serde_json::Value, String>;
}

/// Where random bytes come from.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with bytes that nobody can foresee.
    fn fill(&self, bytes: &mut [u8]);
}

/// What a render needs from outside.
#[derive(Clone)]
pub struct Context {
    /// The time that templates see, the whole render long.
    pub now: Timestamp,
    /// Random bytes for passwords, keys and identifiers.
    pub entropy: Arc<dyn Entropy>,
    /// The cluster; without one every `lookup` gives an empty map, as in a client-only render.
    pub lookup: Option<Arc<dyn Lookup>>,
}

/// The release that is rendered.
#[derive(Debug, Clone)]
pub struct ReleaseOptions {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its revision, from 1.
    pub revision: i64,
    /// Whether this is an upgrade rather than an install.
    pub is_upgrade: bool,
}

/// How to render.
#[derive(Debug, Clone)]
pub struct Options {
    /// Leaves values unchecked.
    pub skip_schema_validation: bool,
    /// How deep templates may nest and how many bytes they may produce.
    pub limits: Limits,
    /// Bytes of stack for the thread that renders; reserved, not used.
    pub stack_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { skip_schema_validation: false, limits: Limits::default(), stack_bytes: 256 << 20 }
    }
}

/// What a chart became.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The output of every file under `templates/` that is no partial, by its full path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The files under `crds/` of the chart and its enabled dependencies, by their full path.
    pub crds: Vec<(String, Arc<[u8]>)>,
    /// What Helm would have logged about the values.
    pub warnings: Vec<String>,
    /// The chart's metadata after dependency processing.
    pub metadata: Metadata,
    /// The chart's default values after dependency processing, as a release records them: JSON.
    pub chart_values: String,
}

/// Renders a chart with a user's values. `interrupted` is asked now and then whether to stop.
pub fn render(
    chart: &CompiledChart,
    values: &serde_json::Map<String, serde_json::Value>,
    release: &ReleaseOptions,
    capabilities: &Capabilities,
    context: &Context,
    options: &Options,
    interrupted: &(dyn Fn() -> bool + Sync),
) -> Result<Rendered, RenderError> {
    on_own_stack(options.stack_bytes, || {
        let run = Run { chart, release, capabilities, context, options, interrupted };
        run.render(&values_map(values))
    })
}

/// The values that a chart's templates would see, as JSON.
pub fn effective_values(
    chart: &CompiledChart,
    values: &serde_json::Map<String, serde_json::Value>,
    options: &Options,
) -> Result<String, RenderError> {
    on_own_stack(options.stack_bytes, || {
        let mut node = Node::new(chart.chart());
        let user = values_map(values);
        let mut warnings = Vec::new();
        process_dependencies(&mut node, &user, &mut warnings).map_err(RenderError::Dependencies)?;
        let values = coalesce_values(&node, &user, false, &mut warnings).map_err(RenderError::Values)?;
        crate::json::write(&Value::Map(values), crate::json::Layout::Compact).map_err(RenderError::Values)
    })
}

/// Deep templates need a deep stack: a thread with one, for the time of the call.
pub(crate) fn on_own_stack<T: Send>(
    stack_bytes: usize,
    body: impl FnOnce() -> Result<T, RenderError> + Send,
) -> Result<T, RenderError> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("helm-render".into())
            .stack_size(stack_bytes)
            .spawn_scoped(scope, body)
            .map_err(RenderError::Thread)?;
        match thread.join() {
            Ok(result) => result,
            Err(payload) => panic::resume_unwind(payload),
        }
    })
}

struct Run<'a> {
    chart: &'a CompiledChart,
    release: &'a ReleaseOptions,
    capabilities: &'a Capabilities,
    context: &'a Context,
    options: &'a Options,
    interrupted: &'a (dyn Fn() -> bool + Sync),
}

impl Run<'_> {
    fn render(&self, user: &Map) -> Result<Rendered, RenderError> {
        let mut warnings = Vec::new();
        let mut node = Node::new(self.chart.chart());
        process_dependencies(&mut node, user, &mut warnings).map_err(RenderError::Dependencies)?;
        let values = coalesce_values(&node, user, false, &mut warnings).map_err(RenderError::Values)?;
        if !self.options.skip_schema_validation {
            schema::validate(&node, &values).map_err(RenderError::Schema)?;
        }
        let constraint = &node.metadata.kube_version;
        if !constraint.is_empty() && !self.capabilities.kube_version.satisfies(constraint) {
            return Err(RenderError::KubeVersion {
                constraint: constraint.clone(),
                version: self.capabilities.kube_version.version.clone(),
            });
        }
        let chart_values = crate::json::write(&Value::Map(node.values.clone()), crate::json::Layout::Compact)
            .map_err(RenderError::Values)?;
        let files = self.render_files(&node, values)?;
        let mut crds = Vec::new();
        collect_crds(&node, node.name(), &mut crds);
        Ok(Rendered { files, crds, warnings, metadata: node.metadata, chart_values })
    }

    fn render_files(&self, node: &Node, values: Map) -> Result<BTreeMap<String, Vec<u8>>, RenderError> {
        let mut jobs = Vec::new();
        context::collect(node, values, self.release, self.capabilities, &mut jobs);
        sort_jobs(&mut jobs);
        let functions = functions::all(self.context);
        let mut templates = Templates::new(compile::ROOT);
        for job in &jobs {
            let parsed = self.chart.parsed(&job.name, &job.file, &functions);
            templates.add(parsed.as_ref().as_ref().map_err(error::parse_error)?);
        }
        let interrupted = || (self.interrupted)();
        let mut execution = Execution::new(&templates, &functions, self.options.limits, &interrupted);
        let mut files = BTreeMap::new();
        for job in jobs {
            if crate::functions::base_path(&job.name).starts_with('_') {
                continue;
            }
            job.data.set("Template".into(), job.template());
            let output =
                execution.render(&job.name, Value::Map(job.data.clone())).map_err(error::execution_error)?;
            files.insert(job.name, without_no_value(output));
        }
        Ok(files)
    }
}

/// Deeper files first, later names first: a parent's definitions come last and win.
fn sort_jobs(jobs: &mut [context::Job]) {
    let depth = |name: &str| name.bytes().filter(|byte| *byte == b'/').count();
    jobs.sort_by(|a, b| (depth(&b.name), &b.name).cmp(&(depth(&a.name), &a.name)));
}

/// Go prints missing values as this text, and Helm takes it away wherever it comes from.
pub(crate) fn without_no_value(output: Vec<u8>) -> Vec<u8> {
    const NO_VALUE: &[u8] = b"<no value>";
    let mut kept = Vec::new();
    let mut rest = output.as_slice();
    while let Some(at) = find(rest, NO_VALUE) {
        kept.extend_from_slice(&rest[..at]);
        rest = &rest[at + NO_VALUE.len()..];
    }
    if kept.is_empty() && rest.len() == output.len() {
        return output;
    }
    kept.extend_from_slice(rest);
    kept
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    while let Some(at) = bytes.get(from..)?.iter().position(|byte| *byte == first) {
        if bytes.get(from + at..)?.starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

fn collect_crds(node: &Node, path: &str, crds: &mut Vec<(String, Arc<[u8]>)>) {
    for file in node.chart.crd_files() {
        crds.push((format!("{path}/{}", file.name), file.data.clone()));
    }
    for child in &node.dependencies {
        collect_crds(child, &format!("{path}/charts/{}", child.name()), crds);
    }
}
