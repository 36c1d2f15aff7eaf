//! Collects the fields of an event and of the run it belongs to.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber, span};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::Encoding;
use super::line::{Line, encode};
use crate::clock::Clock;

/// Writes every event as one line.
pub(crate) struct LogLayer<W> {
    encoding: Encoding,
    clock: Clock,
    write: W,
}

impl<W: Fn(&[u8])> LogLayer<W> {
    pub(crate) fn new(encoding: Encoding, clock: Clock, write: W) -> Self {
        Self { encoding, clock, write }
    }
}

/// Fields in the order in which they were recorded; every value is text.
#[derive(Clone, Debug, Default)]
struct Fields(Vec<(String, String)>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name().to_owned(), value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push((field.name().to_owned(), format!("{value:?}")));
    }
}

impl<S, W> Layer<S> for LogLayer<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn(&[u8]) + 'static,
{
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut own = Fields::default();
        event.record(&mut own);
        let mut line = Line::new(level(*event.metadata().level()), self.clock.now());
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(fields) = span.extensions().get::<Fields>() {
                line.add(fields.0.iter().cloned());
            }
        }
        line.add(own.0);
        (self.write)(&encode(&line, self.encoding));
    }
}

/// Flux knows no warnings; what is not an error is information.
fn level(level: Level) -> &'static str {
    match level {
        Level::TRACE => "trace",
        Level::DEBUG => "debug",
        Level::ERROR => "error",
        Level::INFO | Level::WARN => "info",
    }
}
