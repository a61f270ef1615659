//! Exact numbers for rules: decimals as they cross the border, ratios for sums of quotients.
//! Knows no floats: S = 0.1 + 0.7 + 0.2 is 1, and decides whether a tank farm is a major hazard.

use std::cmp::Ordering;
use std::fmt;

/// An exact decimal: `mantissa` ÷ 10^`scale`, scale 0 to 9.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    /// Digits without the point.
    pub mantissa: i64,
    /// Digits after the point, 0 to 9.
    pub scale: u8,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self::new(0, 0);

    /// Makes `mantissa` ÷ 10^`scale`.
    pub const fn new(mantissa: i64, scale: u8) -> Self {
        Self { mantissa, scale }
    }

    /// Reads `12`, `-0.5`, `1.20`: an optional sign, digits, at most nine after one point.
    ///
    /// Errors: `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || fraction.len() > 9 || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        if digits.ends_with('.') {
            return None;
        }
        let mantissa: i64 = format!("{whole}{fraction}").parse().ok()?;
        Some(Self::new(sign * mantissa, fraction.len() as u8))
    }

    /// Whether it is above zero.
    pub const fn is_positive(self) -> bool {
        self.mantissa > 0
    }

    /// Whether it is zero.
    pub const fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// The same value as a ratio. Scales above 9 do not occur: the host refuses them.
    pub fn ratio(self) -> Ratio {
        Ratio::new(self.mantissa.into(), 10_i128.pow(self.scale.min(9).into()))
            .expect("a power of ten is not zero")
    }

    /// Times a whole number.
    ///
    /// Errors: `None` when the product does not fit.
    pub fn times(self, n: u32) -> Option<Self> {
        Some(Self::new(self.mantissa.checked_mul(n.into())?, self.scale))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.scale == other.scale {
            return self.mantissa.cmp(&other.mantissa);
        }
        let widen = |d: &Self| i128::from(d.mantissa) * 10_i128.pow(u32::from(9 - d.scale.min(9)));
        widen(self).cmp(&widen(other))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa.unsigned_abs().to_string();
        let scale = usize::from(self.scale);
        let digits = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let sign = if self.mantissa < 0 { "-" } else { "" };
        if scale == 0 { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
    }
}

/// An exact quotient of whole numbers, in lowest terms, denominator above zero.
///
/// Every operation returns `None` when a number would not fit, so that a rule reports an error
/// and never a wrong grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Ratio {
    /// Zero.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };

    /// Makes `numerator` ÷ `denominator`.
    ///
    /// Errors: `None` for a zero denominator.
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let divisor = gcd(numerator.checked_abs()?, denominator.checked_abs()?);
        let sign = denominator.signum();
        Some(Self { numerator: sign * numerator / divisor, denominator: sign * denominator / divisor })
    }

    /// A whole number.
    pub const fn whole(n: i128) -> Self {
        Self { numerator: n, denominator: 1 }
    }

    /// Sum.
    pub fn plus(self, other: Self) -> Option<Self> {
        let divisor = gcd(self.denominator, other.denominator);
        let left = self.numerator.checked_mul(other.denominator / divisor)?;
        let right = other.numerator.checked_mul(self.denominator / divisor)?;
        let denominator = self.denominator.checked_mul(other.denominator / divisor)?;
        Self::new(left.checked_add(right)?, denominator)
    }

    /// Product.
    pub fn times(self, other: Self) -> Option<Self> {
        // Cross-cancelling first keeps the factors small.
        let a = Self::new(self.numerator, other.denominator)?;
        let b = Self::new(other.numerator, self.denominator)?;
        Self::new(a.numerator.checked_mul(b.numerator)?, a.denominator.checked_mul(b.denominator)?)
    }

    /// Quotient; `None` also for a zero divisor.
    pub fn over(self, other: Self) -> Option<Self> {
        self.times(Self::new(other.denominator, other.numerator)?)
    }

    /// Exact comparison; `None` when the cross products do not fit.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Some(left.cmp(&right))
    }

    /// Whether it is at least `other`; `None` as in [`Ratio::compare`].
    pub fn at_least(self, other: Self) -> Option<bool> {
        Some(self.compare(other)? != Ordering::Less)
    }

    /// Rounded half-up (away from zero) to `digits` after the point, for show.
    pub fn rounded(self, digits: u8) -> Option<Decimal> {
        let shifted = self.numerator.checked_mul(10_i128.checked_pow(digits.into())?)?;
        let twice = shifted.checked_abs()?.checked_mul(2)?.checked_add(self.denominator)?;
        let magnitude = twice / self.denominator.checked_mul(2)?;
        let mantissa = i64::try_from(magnitude * shifted.signum()).ok()?;
        Some(Decimal::new(mantissa, digits))
    }

    /// The least whole number that is not below it (进一法: people are counted up).
    pub fn ceiling(self) -> i128 {
        self.numerator.div_euclid(self.denominator)
            + i128::from(self.numerator.rem_euclid(self.denominator) != 0)
    }
}

fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_read_and_print() {
        for text in ["0", "12", "-0.5", "0.050", "86290.123456789"] {
            assert_eq!(Decimal::parse(text).map(|d| d.to_string()).as_deref(), Some(text));
        }
        for text in ["", ".5", "5.", "1e3", "+1", "1.2.3", "0.1234567890", "１２"] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn tenths_add_up_to_exactly_one() {
        let sum =
            [("5", 50), ("350", 500), ("40", 200)].into_iter().try_fold(Ratio::ZERO, |sum, (q, critical)| {
                sum.plus(Decimal::parse(q)?.ratio().over(Ratio::whole(critical))?)
            });
        assert_eq!(sum, Some(Ratio::whole(1)));
    }

    #[test]
    fn rounding_is_half_up() {
        for (numerator, denominator, digits, shown) in [
            (1, 20, 1, "0.1"),
            (-1, 20, 1, "-0.1"),
            (2, 3, 4, "0.6667"),
            (65956, 88000, 3, "0.750"),
            (249, 1000, 2, "0.25"),
        ] {
            let ratio = Ratio::new(numerator, denominator).and_then(|r| r.rounded(digits));
            assert_eq!(ratio.map(|d| d.to_string()).as_deref(), Some(shown));
        }
    }

    #[test]
    fn people_are_counted_up() {
        assert_eq!(Ratio::new(2401, 10).map(Ratio::ceiling), Some(241));
        assert_eq!(Ratio::new(240, 1).map(Ratio::ceiling), Some(240));
    }
}
