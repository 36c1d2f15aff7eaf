//! `ferroflux template`.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, bail};
use ferroflux_helm::{
    chart::{ArchiveLimits, Chart, IgnoreRules, glob, load_archive, load_files},
    manifest::{Documents, HookEvent, assemble, classify, split},
    render::{Capabilities, CompiledChart, Context, Entropy, KubeVersion, Options, ReleaseOptions, render},
    values::{
        read_values,
        set::{Typing, set},
    },
};
use serde_json::{Map, Value};

/// Values files may have this many bytes.
const VALUES_BYTES: u64 = 64 << 20;

/// Flags of `helm template` that say something about the result.
#[derive(Debug, clap::Args)]
pub(crate) struct TemplateArgs {
    /// The release's name, and the chart: an archive or a directory. With one argument it is the chart
    #[arg(num_args = 1..=2, required = true, value_names = ["NAME", "CHART"])]
    pub(crate) names: Vec<String>,
    /// A file with values, `-` for standard input; later ones win
    #[arg(short = 'f', long = "values")]
    pub(crate) values: Vec<String>,
    /// Values (key1=val1,key2=val2)
    #[arg(long)]
    pub(crate) set: Vec<String>,
    /// Values that stay strings
    #[arg(long)]
    pub(crate) set_string: Vec<String>,
    /// The release's namespace
    #[arg(short, long, default_value = "default", env = "HELM_NAMESPACE")]
    pub(crate) namespace: String,
    /// The Kubernetes version that templates see
    #[arg(long)]
    pub(crate) kube_version: Option<String>,
    /// Further API versions that templates see
    #[arg(short, long, value_delimiter = ',')]
    pub(crate) api_versions: Vec<String>,
    /// Print the files under crds/, too
    #[arg(long)]
    pub(crate) include_crds: bool,
    /// Leave out hooks
    #[arg(long)]
    pub(crate) no_hooks: bool,
    /// Leave out tests
    #[arg(long)]
    pub(crate) skip_tests: bool,
    /// Only the documents of these templates
    #[arg(short, long)]
    pub(crate) show_only: Vec<String>,
    /// Render as an upgrade
    #[arg(long)]
    pub(crate) is_upgrade: bool,
    /// Do not check values against the chart's schema
    #[arg(long)]
    pub(crate) skip_schema_validation: bool,
}

/// Renders the chart and prints its manifests and hooks.
pub(crate) fn run(args: TemplateArgs) -> anyhow::Result<()> {
    let TemplateArgs {
        names,
        values,
        set: set_typed,
        set_string,
        namespace,
        kube_version,
        api_versions,
        include_crds,
        no_hooks,
        skip_tests,
        show_only,
        is_upgrade,
        skip_schema_validation,
    } = args;
    let (name, chart) = match names.as_slice() {
        [chart] => ("release-name", chart),
        [name, chart] => (name.as_str(), chart),
        _ => bail!("expected a release name and a chart"),
    };
    let values = collect_values(&values, &set_typed, &set_string)?;
    let compiled = CompiledChart::new(Arc::new(load(Path::new(chart))?))?;
    let chart_type = &compiled.chart().metadata.chart_type;
    if !matches!(chart_type.as_str(), "" | "application") {
        bail!("{chart_type} charts are not installable");
    }
    let mut capabilities = Capabilities::default();
    if let Some(version) = kube_version {
        capabilities.kube_version =
            KubeVersion::parse(&version).with_context(|| format!("invalid kube version '{version}'"))?;
    }
    capabilities.api_versions.extend(api_versions);
    let release = ReleaseOptions { name: name.into(), namespace, revision: 1, is_upgrade };
    let options = Options { skip_schema_validation, ..Options::default() };
    let rendered = render(&compiled, &values, &release, &capabilities, &context()?, &options, &|| false)?;
    for warning in &rendered.warnings {
        writeln!(io::stderr(), "{warning}").context("cannot write to standard error")?;
    }
    let documents = classify(&rendered.files, &compiled.chart().metadata.name)?;
    let crds = if include_crds { rendered.crds.as_slice() } else { &[] };
    let text = printed(&documents, &assemble(&documents.manifests, crds), no_hooks, skip_tests);
    let text = if show_only.is_empty() { text } else { only(&text, &show_only)? };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write to standard output")
}

fn printed(documents: &Documents, manifest: &str, no_hooks: bool, skip_tests: bool) -> String {
    let mut text = format!("{}\n", manifest.trim());
    for hook in documents.hooks.iter().filter(|_| !no_hooks) {
        if skip_tests && hook.events.contains(&HookEvent::Test) {
            continue;
        }
        text.push_str(&format!("---\n# Source: {}\n{}\n", hook.path, hook.manifest));
    }
    text
}

/// The documents whose templates match one of the patterns, in the order of the patterns.
fn only(text: &str, patterns: &[String]) -> anyhow::Result<String> {
    let mut out = String::new();
    for pattern in patterns {
        let mut found = false;
        for document in split(text) {
            let source = document.lines().find_map(|line| line.strip_prefix("# Source: "));
            let Some((_, path)) = source.and_then(|source| source.split_once('/')) else {
                continue;
            };
            if glob(pattern, path).unwrap_or(false) {
                out.push_str(&format!("---\n{document}\n"));
                found = true;
            }
        }
        if !found {
            bail!("could not find template {pattern} in chart");
        }
    }
    Ok(out)
}

fn collect_values(
    files: &[String],
    typed: &[String],
    strings: &[String],
) -> anyhow::Result<Map<String, Value>> {
    let mut values = Map::new();
    for file in files {
        let mut data = Vec::new();
        let read = if file == "-" {
            io::stdin().lock().take(VALUES_BYTES).read_to_end(&mut data)
        } else {
            fs::File::open(file).and_then(|open| open.take(VALUES_BYTES).read_to_end(&mut data))
        };
        read.with_context(|| format!("cannot read values from `{file}`"))?;
        let more = read_values(&data)
            .map_err(anyhow::Error::msg)
            .with_context(|| format!("failed to parse {file}"))?;
        merge(&mut values, more);
    }
    for (texts, typing) in [(typed, Typing::Typed), (strings, Typing::Strings)] {
        for text in texts {
            set(text, typing, &mut values).context("failed parsing --set data")?;
        }
    }
    Ok(values)
}

fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(table)), Value::Object(value)) => merge(table, value),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// The chart in an archive or a directory.
fn load(path: &Path) -> anyhow::Result<Chart> {
    let limits = ArchiveLimits::default();
    let metadata =
        fs::metadata(path).with_context(|| format!("cannot find the chart `{}`", path.display()))?;
    if !metadata.is_dir() {
        let file = fs::File::open(path).with_context(|| format!("cannot open `{}`", path.display()))?;
        return Ok(load_archive(file, &limits)?);
    }
    let rules = match fs::read_to_string(path.join(".helmignore")) {
        Ok(text) => IgnoreRules::parse(Some(&text))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => IgnoreRules::parse(None)?,
        Err(error) => return Err(error).context("cannot read `.helmignore`"),
    };
    let mut files = Vec::new();
    collect_files(path, "", &rules, &limits, &mut files)?;
    Ok(load_files(files, &limits)?)
}

fn collect_files(
    directory: &Path,
    prefix: &str,
    rules: &IgnoreRules,
    limits: &ArchiveLimits,
    files: &mut Vec<(String, Vec<u8>)>,
) -> anyhow::Result<()> {
    let mut paths: Vec<PathBuf> = fs::read_dir(directory)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .with_context(|| format!("cannot list `{}`", directory.display()))?;
    paths.sort();
    for path in paths {
        let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = format!("{prefix}{file_name}");
        let metadata = fs::metadata(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        if rules.ignores(&name, metadata.is_dir()) {
            continue;
        }
        if metadata.is_dir() {
            collect_files(&path, &format!("{name}/"), rules, limits, files)?;
        } else if !metadata.is_file() {
            bail!("cannot load irregular file {} as it has file mode type bits set", path.display());
        } else if metadata.len() > limits.file_bytes {
            bail!("chart file {file_name:?} is larger than the maximum file size {}", limits.file_bytes);
        } else {
            let mut data = fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
            if data.starts_with(b"\xef\xbb\xbf") {
                data.drain(..3);
            }
            files.push((name, data));
        }
    }
    Ok(())
}

/// Random bytes of the system.
struct SystemEntropy(Mutex<fs::File>);

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut source = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        source.read_exact(bytes).expect("the system's source of random bytes never ends");
    }
}

fn context() -> anyhow::Result<Context> {
    let source = fs::File::open("/dev/urandom").context("cannot open the system's source of random bytes")?;
    Ok(Context {
        now: jiff::Timestamp::now(),
        entropy: Arc::new(SystemEntropy(Mutex::new(source))),
        lookup: None,
    })
}
