//! The standard process metrics, read from `/proc`, and the two Go metrics that dashboards ask for.

use std::fs;

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Counter, Gauge, GaugeVec, Opts};

use super::constant;

/// Kernel clock ticks per second in `/proc/self/stat`: 100 on every Linux that Kubernetes runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// Page size of the memory fields. Kernels with larger pages report in their own size, which `/proc/self/status` avoids.
const KIB: f64 = 1024.0;

/// Reads the process's own figures when scraped.
#[derive(Clone)]
pub(crate) struct ProcessCollector {
    cpu: Counter,
    resident: Gauge,
    memory: Gauge,
    heap: Gauge,
    open_fds: Gauge,
    max_fds: Gauge,
    start: Gauge,
    info: GaugeVec,
}

fn gauge(name: &str, help: &str) -> Gauge {
    constant(Gauge::with_opts(Opts::new(name, help)))
}

impl ProcessCollector {
    pub(crate) fn new(version: &str) -> Self {
        let info = constant(GaugeVec::new(
            Opts::new("go_info", "Version of this program, under the name that dashboards select by."),
            &["version"],
        ));
        info.with_label_values(&[version]).set(1.0);
        let start =
            gauge("process_start_time_seconds", "Start time of the process since the epoch in seconds.");
        start.set(start_time().unwrap_or(0.0));
        Self {
            cpu: constant(Counter::with_opts(Opts::new(
                "process_cpu_seconds_total",
                "Total user and system CPU time in seconds.",
            ))),
            resident: gauge("process_resident_memory_bytes", "Resident memory in bytes."),
            memory: gauge("process_virtual_memory_bytes", "Virtual memory in bytes."),
            heap: gauge("go_memstats_alloc_bytes", "Private memory in use in bytes."),
            open_fds: gauge("process_open_fds", "Open file descriptors."),
            max_fds: gauge("process_max_fds", "Limit of open file descriptors."),
            start,
            info,
        }
    }

    fn refresh(&self) {
        if let Some(total) = cpu_seconds() {
            self.cpu.inc_by((total - self.cpu.get()).max(0.0));
        }
        if let Ok(status) = fs::read_to_string("/proc/self/status") {
            self.resident.set(kib_field(&status, "VmRSS:") * KIB);
            self.memory.set(kib_field(&status, "VmSize:") * KIB);
            self.heap.set(kib_field(&status, "RssAnon:") * KIB);
        }
        if let Ok(entries) = fs::read_dir("/proc/self/fd") {
            self.open_fds.set(entries.count() as f64);
        }
        if let Ok(limits) = fs::read_to_string("/proc/self/limits") {
            self.max_fds.set(max_open_files(&limits));
        }
    }

    fn parts(&self) -> [&dyn Collector; 8] {
        [
            &self.cpu,
            &self.resident,
            &self.memory,
            &self.heap,
            &self.open_fds,
            &self.max_fds,
            &self.start,
            &self.info,
        ]
    }
}

impl Collector for ProcessCollector {
    fn desc(&self) -> Vec<&Desc> {
        self.parts().into_iter().flat_map(Collector::desc).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.refresh();
        self.parts().into_iter().flat_map(Collector::collect).collect()
    }
}

fn kib_field(status: &str, field: &str) -> f64 {
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0.0)
}

fn max_open_files(limits: &str) -> f64 {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0.0)
}

/// The fields of `/proc/self/stat` behind the program's name, which may hold spaces.
fn stat_fields() -> Option<Vec<String>> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

fn cpu_seconds() -> Option<f64> {
    let fields = stat_fields()?;
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
}

fn start_time() -> Option<f64> {
    let ticks: f64 = stat_fields()?.get(19)?.parse().ok()?;
    let boot = fs::read_to_string("/proc/stat").ok()?;
    let boot: f64 = boot.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    Some(boot + ticks / TICKS_PER_SECOND)
}
