//! What the queue knows of one object.

use std::borrow::Cow;

use tokio::sync::watch;
use tokio::time::Instant;

use super::{Next, Priority};
use crate::run::Cause;

/// More causes than these tell a run nothing new.
const MAX_CAUSES: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) phase: Phase,
    pub(super) timer: Option<Timer>,
    pub(super) causes: Vec<Cause>,
    /// Runs in a row that asked for the back-off.
    pub(super) failures: u32,
    /// What is waited for and since when; survives the runs in between that go on waiting for the same.
    pub(super) wait: Option<(Cow<'static, str>, Instant)>,
}

#[derive(Debug)]
pub(super) struct Timer {
    pub(super) at: Instant,
    pub(super) sequence: u64,
    pub(super) cause: Cause,
}

#[derive(Debug, Default)]
pub(super) enum Phase {
    #[default]
    Idle,
    Ready {
        priority: Priority,
        sequence: u64,
        since: Instant,
    },
    Running {
        started: Instant,
        /// Woken since the run began.
        again: Option<Priority>,
        /// Forgotten since the run began.
        gone: bool,
        interruptions: watch::Sender<u64>,
    },
}

impl Entry {
    pub(super) fn add_cause(&mut self, cause: Cause) {
        if self.causes.len() < MAX_CAUSES && !self.causes.contains(&cause) {
            self.causes.push(cause);
        }
    }

    /// Counts or forgets failures and remembers what is waited for.
    pub(super) fn apply(&mut self, next: &Next, now: Instant) {
        match next {
            Next::Retry | Next::Immediately => self.failures = self.failures.saturating_add(1),
            Next::Never | Next::After(..) | Next::Wait(_) | Next::Forget => self.failures = 0,
        }
        match next {
            Next::Wait(wait) => match &self.wait {
                Some((what, _)) if *what == wait.what => {}
                _ => self.wait = Some((wait.what.clone(), now)),
            },
            _ => self.wait = None,
        }
    }
}
