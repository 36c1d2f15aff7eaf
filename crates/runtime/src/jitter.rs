//! Spreads intervals, so that objects made together do not run together for ever.

use std::time::Duration;

/// A share of every interval, `--interval-jitter-percentage`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Jitter {
    percentage: u8,
}

/// The percentage is not one that can be used. The text is the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the interval jitter percentage must be a non-negative value and less than 100")]
pub struct InvalidJitter;

impl Jitter {
    /// A jitter of `percentage` per cent, 0 to 99; 0 switches it off.
    pub fn new(percentage: i64) -> Result<Self, InvalidJitter> {
        match u8::try_from(percentage) {
            Ok(percentage) if percentage < 100 => Ok(Self { percentage }),
            _ => Err(InvalidJitter),
        }
    }

    /// The interval stretched or shrunk: `random` from 0 to 1 picks between the shortest and the longest.
    pub fn apply(self, interval: Duration, random: f64) -> Duration {
        let share = f64::from(self.percentage) / 100.0;
        let factor = 1.0 + share * (2.0 * random.clamp(0.0, 1.0) - 1.0);
        Duration::try_from_secs_f64(interval.as_secs_f64() * factor).unwrap_or(interval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_stays_within_the_percentage() {
        let jitter = Jitter::new(10).expect("10 is valid");
        let minute = Duration::from_mins(1);
        assert_eq!(jitter.apply(minute, 0.0), Duration::from_secs(54));
        assert_eq!(jitter.apply(minute, 0.5), minute);
        assert_eq!(jitter.apply(minute, 1.0), Duration::from_secs(66));
    }

    #[test]
    fn zero_switches_it_off_and_hundred_is_refused() {
        let off = Jitter::new(0).expect("0 is valid");
        assert_eq!(off.apply(Duration::from_secs(7), 1.0), Duration::from_secs(7));
        assert_eq!(Jitter::new(100), Err(InvalidJitter));
        assert_eq!(Jitter::new(-1), Err(InvalidJitter));
    }
}
