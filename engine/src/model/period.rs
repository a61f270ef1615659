//! The months and quarters that returns are about, as titles and folders write them.
//! Knows no due day: when a return is late is for the filing log to say.

use std::fmt;

use super::Date;
use super::text::{match_key, year_in};

/// How often a report is filed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Every {
    /// Each month.
    Month,
    /// Each quarter.
    Quarter,
}

/// The period of a return, shown as `2026-07` or `2026-Q3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// Year and month from 1.
    Month(i16, i8),
    /// Year and quarter from 1.
    Quarter(i16, i8),
}

impl Period {
    /// Reads 2026-08 or 2026-Q3, the name of a folder or file, from 1900 to 2100.
    pub fn in_name(name: &str) -> Option<Self> {
        let (year, part) = name.split_once('-')?;
        let digits = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
        let year = year.parse().ok().filter(|year| digits && (1900..=2100).contains(year))?;
        match part.strip_prefix(['Q', 'q']) {
            Some(quarter) => {
                let quarter = quarter.parse().ok().filter(|quarter| (1..=4).contains(quarter))?;
                Some(Self::Quarter(year, quarter))
            }
            None => {
                let month = part.parse().ok().filter(|month| (1..=12).contains(month) && part.len() == 2)?;
                Some(Self::Month(year, month))
            }
        }
    }

    /// Reads 2026年8月 in a title.
    pub fn in_text(title: &str) -> Option<Self> {
        let year = year_in(title)?;
        let key = match_key(title);
        let (_, rest) = key.split_once('年')?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let month = digits.parse().ok().filter(|month| (1..=12).contains(month))?;
        rest[digits.len()..].starts_with('月').then_some(Self::Month(year, month))
    }

    /// The nearest to the file of the path's names that is a period.
    pub fn in_path(path: &str) -> Option<Self> {
        let stem = |name: &str| name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned();
        path.rsplit('/').find_map(|name| Self::in_name(&stem(name)))
    }

    /// Its year.
    pub const fn year(self) -> i16 {
        match self {
            Self::Month(year, _) | Self::Quarter(year, _) => year,
        }
    }

    /// Its last day. Errors: `None` beyond the calendar.
    pub fn last_day(self) -> Option<Date> {
        let (year, month) = match self {
            Self::Month(year, month) => (year, month),
            Self::Quarter(year, quarter) => (year, quarter * 3),
        };
        Date::new(year, month, 1).ok().map(Date::last_of_month)
    }

    /// The month of a day.
    pub fn month_of(day: Date) -> Self {
        Self::Month(day.year(), day.month())
    }

    /// The quarter of a day.
    pub fn quarter_of(day: Date) -> Self {
        Self::Quarter(day.year(), (day.month() - 1) / 3 + 1)
    }

    /// Whether a day lies in it.
    pub fn contains(self, day: Date) -> bool {
        match self {
            Self::Month(..) => Self::month_of(day) == self,
            Self::Quarter(..) => Self::quarter_of(day) == self,
        }
    }

    /// How long it is.
    pub const fn every(self) -> Every {
        match self {
            Self::Month(..) => Every::Month,
            Self::Quarter(..) => Every::Quarter,
        }
    }

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Month(year, 12) => Self::Month(year + 1, 1),
            Self::Month(year, month) => Self::Month(year, month + 1),
            Self::Quarter(year, 4) => Self::Quarter(year + 1, 1),
            Self::Quarter(year, quarter) => Self::Quarter(year, quarter + 1),
        }
    }

    /// A day of the month after it. Errors: `None` when that month lacks the day.
    pub fn day_after(self, day: i8) -> Option<Date> {
        let (year, month) = match self.next() {
            Self::Month(year, month) => (year, month),
            Self::Quarter(year, quarter) => (year, quarter * 3 - 2),
        };
        Date::new(year, month, day).ok()
    }

    /// Whether the other is the month after this one; never of quarters.
    pub const fn is_followed_by(self, next: Self) -> bool {
        match (self, next) {
            (Self::Month(year, 12), Self::Month(then, 1)) => then == year + 1,
            (Self::Month(year, month), Self::Month(then, next)) => then == year && next == month + 1,
            _ => false,
        }
    }

    /// The number of the month or quarter, from 1.
    pub const fn number(self) -> i8 {
        match self {
            Self::Month(_, number) | Self::Quarter(_, number) => number,
        }
    }

    /// What a reader sees: 2026年8月, 2026年第三季度.
    pub fn shown(self) -> String {
        match self {
            Self::Month(year, month) => format!("{year}年{month}月"),
            Self::Quarter(year, quarter) => {
                let word = ["一", "二", "三", "四"].get(quarter as usize - 1).unwrap_or(&"");
                format!("{year}年第{word}季度")
            }
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Month(year, month) => write!(f, "{year}-{month:02}"),
            Self::Quarter(year, quarter) => write!(f, "{year}-Q{quarter}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_as_they_are_read_and_followed_by_a_day() {
        for (name, day, after) in [
            ("2026-07", 5, Some("2026-08-05")),
            ("2026-12", 5, Some("2027-01-05")),
            ("2026-Q3", 15, Some("2026-10-15")),
            ("2026-Q4", 15, Some("2027-01-15")),
            ("2026-01", 30, None),
        ] {
            let period = Period::in_name(name).expect("a period");
            assert_eq!(period.to_string(), name);
            assert_eq!(period.day_after(day).map(|day| day.to_string()).as_deref(), after, "{name}");
        }
        for name in ["2026", "2026-13", "2026-Q5", "2026-Q0", "26-07", "2026-", "2026年7月", "9999-12"] {
            assert_eq!(Period::in_name(name), None, "{name}");
        }
    }

    #[test]
    fn folders_and_titles_name_periods() {
        for (path, period) in [
            ("村月报/2026-08/V01_隐患月报.xlsx", Some("2026年8月")),
            ("部门季报/2026-Q4/D01_派出所.xlsx", Some("2026年第四季度")),
            ("应急办检查/2026-12.xlsx", Some("2026年12月")),
            ("2026-13/表.xlsx", None),
            ("2026-Q5/表.xlsx", None),
            ("危化/E001_2026-07-16.xlsx", None),
            ("+026-08/表.xlsx", None),
            ("", None),
        ] {
            assert_eq!(Period::in_path(path).map(Period::shown).as_deref(), period, "{path}");
        }
        for (title, period) in [
            ("青石镇上庄村2026年8月隐患排查治理月报表", Some("2026年8月")),
            ("２０２６年１２月隐患清单", Some("2026年12月")),
            ("青石镇2026年第三季度季报", None),
            ("青石镇2026年台账", None),
        ] {
            assert_eq!(Period::in_text(title).map(Period::shown).as_deref(), period, "{title}");
        }
    }

    #[test]
    fn months_follow_each_other() {
        for (one, other, follows) in [
            (Period::Month(2026, 8), Period::Month(2026, 9), true),
            (Period::Month(2026, 12), Period::Month(2027, 1), true),
            (Period::Month(2026, 8), Period::Month(2026, 10), false),
            (Period::Quarter(2026, 3), Period::Quarter(2026, 4), false),
        ] {
            assert_eq!(one.is_followed_by(other), follows);
        }
        let last = |period: Period| period.last_day().map(|day| day.to_string());
        assert_eq!(last(Period::Month(2026, 2)).as_deref(), Some("2026-02-28"));
        assert_eq!(last(Period::Quarter(2026, 3)).as_deref(), Some("2026-09-30"));
    }
}
