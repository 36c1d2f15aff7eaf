//! Decimal arithmetic, so that 0.1 + 0.2 is 0.3: exact sums and products, quotients to 16 places.

use ferroflux_go::float;
use num_bigint::{BigInt, Sign};

/// Places after the point that a quotient has.
const QUOTIENT_PLACES: i32 = 16;

/// A decimal number: `digits` times ten to the power of `exponent`.
#[derive(Clone)]
pub(super) struct Decimal {
    digits: BigInt,
    exponent: i32,
}

fn power_of_ten(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

impl Decimal {
    /// The shortest decimal that reads back as `number`; `None` for infinities and what is no number.
    pub(super) fn from_float(number: f64) -> Option<Self> {
        if !number.is_finite() {
            return None;
        }
        let text = float::format_e(number);
        let (mantissa, exponent) = text.split_once('e')?;
        let places = mantissa.split_once('.').map_or(0, |(_, places)| places.len() as i32);
        Some(Self {
            digits: mantissa.replace('.', "").parse().ok()?,
            exponent: exponent.parse::<i32>().ok()? - places,
        })
    }

    fn digits_at(&self, exponent: i32) -> BigInt {
        &self.digits * power_of_ten(u32::try_from(self.exponent - exponent).unwrap_or(0))
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        Self { digits: self.digits_at(exponent) + other.digits_at(exponent), exponent }
    }

    pub(super) fn subtract(&self, other: &Self) -> Self {
        self.add(&Self { digits: -&other.digits, exponent: other.exponent })
    }

    pub(super) fn multiply(&self, other: &Self) -> Self {
        Self { digits: &self.digits * &other.digits, exponent: self.exponent + other.exponent }
    }

    /// The quotient, rounded half away from zero; `None` when dividing by zero.
    pub(super) fn divide(&self, other: &Self) -> Option<Self> {
        if other.digits.sign() == Sign::NoSign {
            return None;
        }
        let shift = self.exponent - other.exponent + QUOTIENT_PLACES;
        let (mut dividend, mut divisor) = (self.digits.clone(), other.digits.clone());
        match u32::try_from(shift) {
            Ok(shift) => dividend *= power_of_ten(shift),
            Err(_) => divisor *= power_of_ten(shift.unsigned_abs()),
        }
        let mut quotient = &dividend / &divisor;
        let rest = &dividend % &divisor;
        if rest.magnitude() * 2u8 >= *divisor.magnitude() {
            let negative = (dividend.sign() == Sign::Minus) != (divisor.sign() == Sign::Minus);
            quotient += if negative { -1 } else { 1 };
        }
        Some(Self { digits: quotient, exponent: -QUOTIENT_PLACES })
    }

    pub(super) fn to_float(&self) -> f64 {
        format!("{}e{}", self.digits, self.exponent).parse().unwrap_or(0.0)
    }
}
