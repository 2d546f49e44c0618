//! Times by Go's layouts, where `Mon Jan 2 15:04:05 MST 2006` stands for the parts of a time.

use std::fmt::{self, Write};

/// The layouts that have a name.
const NAMED: &[(&str, &str)] = &[
    ("ANSIC", "Mon Jan _2 15:04:05 2006"),
    ("UnixDate", "Mon Jan _2 15:04:05 MST 2006"),
    ("RubyDate", "Mon Jan 02 15:04:05 -0700 2006"),
    ("RFC822", "02 Jan 06 15:04 MST"),
    ("RFC822Z", "02 Jan 06 15:04 -0700"),
    ("RFC850", "Monday, 02-Jan-06 15:04:05 MST"),
    ("RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"),
    ("RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"),
    ("RFC3339", RFC3339),
    ("RFC3339Nano", RFC3339_NANO),
];

pub(super) const RFC3339: &str = "2006-01-02T15:04:05Z07:00";
pub(super) const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The layout that `layout` names, or `layout` itself.
pub(super) fn resolve(layout: &str) -> &str {
    NAMED.iter().find(|(name, _)| *name == layout).map_or(layout, |(_, layout)| layout)
}

/// A time as a calendar and a clock show it in some zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CivilTime {
    pub(super) year: i64,
    /// From 1.
    pub(super) month: i64,
    /// From 1.
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) nanosecond: i64,
    /// Days since the Unix epoch.
    pub(super) days: i64,
    /// Seconds east of UTC.
    pub(super) offset: i64,
    /// The abbreviation of the zone.
    pub(super) zone: String,
}

impl CivilTime {
    /// The time at `seconds` since the Unix epoch, `offset` seconds east of UTC.
    pub(super) fn new(seconds: i64, nanosecond: i64, offset: i64, zone: String) -> Self {
        let local = seconds + offset;
        let (days, clock) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let (year, month, day) = date_of_days(days);
        let (hour, minute, second) = (clock / 3_600, clock / 60 % 60, clock % 60);
        Self { year, month, day, hour, minute, second, nanosecond, days, offset, zone }
    }

    /// `Monday`
    pub(super) fn weekday(&self) -> &'static str {
        // The epoch was a Thursday.
        let index = usize::try_from((self.days + 4).rem_euclid(7)).unwrap_or(0);
        WEEKDAYS.get(index).copied().unwrap_or_default()
    }

    fn month_name(&self) -> &'static str {
        usize::try_from(self.month - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or_default()
    }

    fn day_of_year(&self) -> i64 {
        self.days - days_of_date(self.year, 1, 1) + 1
    }
}

/// Days since the Unix epoch of a date in the Gregorian calendar, extended both ways.
pub(super) const fn days_of_date(year: i64, month: i64, day: i64) -> i64 {
    // Years start in March, so that the leap day comes last; 400 years repeat.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month and day of a day since the Unix epoch.
const fn date_of_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + if month <= 2 { 1 } else { 0 }, month, day)
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// How many days a month has.
pub(super) const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// What a piece of a layout stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    LongMonth,
    Month,
    NumericMonth { zero: bool },
    LongWeekday,
    Weekday,
    Day { fill: Fill },
    DayOfYear { fill: Fill },
    Hour,
    Hour12 { zero: bool },
    Minute { zero: bool },
    Second { zero: bool },
    LongYear,
    Year,
    Half { upper: bool },
    ZoneName,
    Offset(OffsetStyle),
    Fraction { digits: usize, trim: bool, separator: char },
}

/// What comes before a short number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fill {
    Nothing,
    Space,
    Zero,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OffsetStyle {
    /// `Z` for UTC.
    z: bool,
    colons: bool,
    minutes: bool,
    seconds: bool,
}

/// The forms of an offset after its `-` or `Z`, in the order in which they are tried.
const OFFSETS: &[(&str, OffsetStyle)] = &[
    ("070000", OffsetStyle { z: false, colons: false, minutes: true, seconds: true }),
    ("07:00:00", OffsetStyle { z: false, colons: true, minutes: true, seconds: true }),
    ("0700", OffsetStyle { z: false, colons: false, minutes: true, seconds: false }),
    ("07:00", OffsetStyle { z: false, colons: true, minutes: true, seconds: false }),
    ("07", OffsetStyle { z: false, colons: false, minutes: false, seconds: false }),
];

/// The element that `layout` starts with, and how long it is.
fn element_at(layout: &str) -> Option<(Element, usize)> {
    let not_lower = |prefix: &str| {
        layout.strip_prefix(prefix).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_lowercase()))
    };
    let starts = |prefix: &str| layout.starts_with(prefix);
    Some(match layout.as_bytes().first()? {
        b'J' if starts("January") => (Element::LongMonth, 7),
        b'J' if not_lower("Jan") => (Element::Month, 3),
        b'M' if starts("Monday") => (Element::LongWeekday, 6),
        b'M' if not_lower("Mon") => (Element::Weekday, 3),
        b'M' if starts("MST") => (Element::ZoneName, 3),
        b'0' if starts("01") => (Element::NumericMonth { zero: true }, 2),
        b'0' if starts("02") => (Element::Day { fill: Fill::Zero }, 2),
        b'0' if starts("03") => (Element::Hour12 { zero: true }, 2),
        b'0' if starts("04") => (Element::Minute { zero: true }, 2),
        b'0' if starts("05") => (Element::Second { zero: true }, 2),
        b'0' if starts("06") => (Element::Year, 2),
        b'0' if starts("002") => (Element::DayOfYear { fill: Fill::Zero }, 3),
        b'1' if starts("15") => (Element::Hour, 2),
        b'1' => (Element::NumericMonth { zero: false }, 1),
        b'2' if starts("2006") => (Element::LongYear, 4),
        b'2' => (Element::Day { fill: Fill::Nothing }, 1),
        // A literal underscore before a year.
        b'_' if starts("_2006") => return None,
        b'_' if starts("_2") => (Element::Day { fill: Fill::Space }, 2),
        b'_' if starts("__2") => (Element::DayOfYear { fill: Fill::Space }, 3),
        b'3' => (Element::Hour12 { zero: false }, 1),
        b'4' => (Element::Minute { zero: false }, 1),
        b'5' => (Element::Second { zero: false }, 1),
        b'P' if starts("PM") => (Element::Half { upper: true }, 2),
        b'p' if starts("pm") => (Element::Half { upper: false }, 2),
        first @ (b'-' | b'Z') => {
            let rest = layout.get(1..)?;
            let (form, style) = OFFSETS.iter().find(|(form, _)| rest.starts_with(form))?;
            (Element::Offset(OffsetStyle { z: *first == b'Z', ..*style }), form.len() + 1)
        }
        first @ (b'.' | b',') => {
            let rest = layout.get(1..)?;
            let digit = rest.chars().next().filter(|c| matches!(c, '0' | '9'))?;
            let after = rest.trim_start_matches(digit);
            // Only a fraction is all one digit: `.05` is none.
            if after.starts_with(|c: char| c.is_ascii_digit()) {
                return None;
            }
            let digits = rest.len() - after.len();
            (Element::Fraction { digits, trim: digit == '9', separator: char::from(*first) }, digits + 1)
        }
        _ => return None,
    })
}

/// The text before the first element of `layout`, the element, how it is written there, and what follows.
fn next_element(layout: &str) -> (&str, Option<(Element, &str)>, &str) {
    for (at, _) in layout.char_indices() {
        let rest = layout.get(at..).unwrap_or_default();
        if let Some((element, length)) = element_at(rest)
            && let (Some(before), Some(written), Some(after)) =
                (layout.get(..at), rest.get(..length), rest.get(length..))
        {
            return (before, Some((element, written)), after);
        }
    }
    (layout, None, "")
}

/// Writes `time` as `layout` says.
pub(super) fn format(out: &mut dyn Write, layout: &str, time: &CivilTime) -> fmt::Result {
    let mut rest = layout;
    loop {
        let (before, element, after) = next_element(rest);
        out.write_str(before)?;
        let Some((element, _)) = element else { return Ok(()) };
        format_element(out, element, time)?;
        rest = after;
    }
}

fn format_element(out: &mut dyn Write, element: Element, time: &CivilTime) -> fmt::Result {
    let filled = |out: &mut dyn Write, number: i64, fill: Fill, width: usize| match fill {
        Fill::Nothing => write!(out, "{number}"),
        Fill::Space => write!(out, "{number:width$}"),
        Fill::Zero => write!(out, "{number:0width$}"),
    };
    let two = |out: &mut dyn Write, number: i64, zero: bool| {
        filled(out, number, if zero { Fill::Zero } else { Fill::Nothing }, 2)
    };
    match element {
        Element::LongMonth => out.write_str(time.month_name()),
        Element::Month => out.write_str(time.month_name().get(..3).unwrap_or_default()),
        Element::NumericMonth { zero } => two(out, time.month, zero),
        Element::LongWeekday => out.write_str(time.weekday()),
        Element::Weekday => out.write_str(time.weekday().get(..3).unwrap_or_default()),
        Element::Day { fill } => filled(out, time.day, fill, 2),
        Element::DayOfYear { fill } => filled(out, time.day_of_year(), fill, 3),
        Element::Hour => two(out, time.hour, true),
        Element::Hour12 { zero } => two(out, (time.hour + 11) % 12 + 1, zero),
        Element::Minute { zero } => two(out, time.minute, zero),
        Element::Second { zero } => two(out, time.second, zero),
        Element::LongYear => filled(out, time.year, Fill::Zero, 4),
        Element::Year => two(out, time.year.rem_euclid(100), true),
        Element::Half { upper } => out.write_str(match (time.hour >= 12, upper) {
            (true, true) => "PM",
            (true, false) => "pm",
            (false, true) => "AM",
            (false, false) => "am",
        }),
        Element::ZoneName if time.zone.is_empty() => {
            let style = OffsetStyle { z: false, colons: false, minutes: true, seconds: false };
            format_offset(out, style, time.offset)
        }
        Element::ZoneName => out.write_str(&time.zone),
        Element::Offset(style) => format_offset(out, style, time.offset),
        Element::Fraction { digits, trim, separator } => {
            let all = std::format!("{:09}", time.nanosecond);
            let fraction = all.get(..digits).unwrap_or(&all);
            let fraction = if trim { fraction.trim_end_matches('0') } else { fraction };
            if trim && fraction.is_empty() {
                return Ok(());
            }
            out.write_char(separator)?;
            out.write_str(fraction)
        }
    }
}

fn format_offset(out: &mut dyn Write, style: OffsetStyle, offset: i64) -> fmt::Result {
    if style.z && offset == 0 {
        return out.write_char('Z');
    }
    let colon = if style.colons { ":" } else { "" };
    let minutes = offset.abs() / 60;
    // The sign is that of whole minutes.
    write!(out, "{}{:02}", if offset <= -60 { '-' } else { '+' }, minutes / 60)?;
    if style.minutes {
        write!(out, "{colon}{:02}", minutes % 60)?;
    }
    if style.seconds {
        write!(out, "{colon}{:02}", offset.abs() % 60)?;
    }
    Ok(())
}

/// The nanoseconds since the Unix epoch that `value` stands for, read as `layout` says; without a zone it is UTC.
///
/// # Errors
/// Go's message.
pub(super) fn parse(layout: &str, value: &str) -> Result<i128, String> {
    let mut reader = Reader { layout, value, rest: value, fields: Fields::default() };
    let mut rest = layout;
    loop {
        let (before, element, after) = next_element(rest);
        let unread = reader.rest;
        reader.rest = skip(unread, before).map_err(|at| reader.mismatch(before, at))?;
        let Some((element, written)) = element else {
            if reader.rest.is_empty() {
                return reader.finish();
            }
            return Err(reader.problem(&format_args!("extra text: {}", quote(reader.rest))));
        };
        let held = reader.rest;
        match reader.element(element, after) {
            Ok(()) => {}
            Err(Trouble::Mismatch) => return Err(reader.mismatch(written, held)),
            Err(Trouble::OutOfRange(what)) => return Err(reader.problem(&format_args!("{what} out of range"))),
        }
        rest = after;
    }
}

enum Trouble {
    Mismatch,
    OutOfRange(&'static str),
}

/// What was read so far.
#[derive(Default)]
struct Fields {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanosecond: i64,
    /// Whether it is the second half of the day; `None` without AM and PM.
    second_half: Option<bool>,
    offset: i64,
    /// Whether `Z` or `UTC` says that it is UTC, whatever an offset beside it says.
    utc: bool,
}

struct Reader<'t> {
    layout: &'t str,
    value: &'t str,
    rest: &'t str,
    fields: Fields,
}

impl<'t> Reader<'t> {
    fn mismatch(&self, expected: &str, at: &str) -> String {
        let (value, layout) = (quote(self.value), quote(self.layout));
        std::format!("parsing time {value} as {layout}: cannot parse {} as {}", quote(at), quote(expected))
    }

    fn problem(&self, problem: &dyn fmt::Display) -> String {
        std::format!("parsing time {}: {problem}", quote(self.value))
    }

    /// The next `count` bytes.
    fn take(&mut self, count: usize) -> Result<&'t str, Trouble> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Trouble::Mismatch)?;
        self.rest = rest;
        Ok(taken)
    }

    /// A number of one digit up to `digits`, or of just that many.
    fn number(&mut self, digits: usize, fixed: bool) -> Result<i64, Trouble> {
        let found = self.rest.bytes().take(digits).take_while(u8::is_ascii_digit).count();
        if found == 0 || (fixed && found != digits) {
            return Err(Trouble::Mismatch);
        }
        self.take(found)?.parse().map_err(|_| Trouble::Mismatch)
    }

    fn number_in(
        &mut self,
        fixed: bool,
        range: std::ops::RangeInclusive<i64>,
        what: &'static str,
    ) -> Result<i64, Trouble> {
        let number = self.number(2, fixed)?;
        if range.contains(&number) { Ok(number) } else { Err(Trouble::OutOfRange(what)) }
    }

    /// One of some names, in any case; from 1.
    fn name(&mut self, names: &[&str], length: Option<usize>) -> Result<i64, Trouble> {
        for (index, name) in (1..).zip(names) {
            let name = length.and_then(|length| name.get(..length)).unwrap_or(name);
            if self.rest.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
                self.take(name.len())?;
                return Ok(index);
            }
        }
        Err(Trouble::Mismatch)
    }

    fn element(&mut self, element: Element, layout_after: &str) -> Result<(), Trouble> {
        match element {
            Element::Year => {
                let year: i64 = self.take(2)?.parse().map_err(|_| Trouble::Mismatch)?;
                self.fields.year = if year >= 69 { year + 1900 } else { year + 2000 };
            }
            Element::LongYear => {
                if !self.rest.starts_with(|c: char| c.is_ascii_digit()) {
                    return Err(Trouble::Mismatch);
                }
                self.fields.year = self.take(4)?.parse().map_err(|_| Trouble::Mismatch)?;
            }
            Element::Month => self.fields.month = Some(self.name(&MONTHS, Some(3))?),
            Element::LongMonth => self.fields.month = Some(self.name(&MONTHS, None)?),
            Element::NumericMonth { zero } => self.fields.month = Some(self.number_in(zero, 1..=12, "month")?),
            // The weekday must be one, but need not fit the date.
            Element::Weekday => drop(self.name(&WEEKDAYS, Some(3))?),
            Element::LongWeekday => drop(self.name(&WEEKDAYS, None)?),
            Element::Day { fill } => {
                self.skip_spaces(fill, 1);
                self.fields.day = Some(self.number(2, fill == Fill::Zero)?);
            }
            Element::DayOfYear { fill } => {
                self.skip_spaces(fill, 2);
                self.fields.day_of_year = Some(self.number(3, fill == Fill::Zero)?);
            }
            Element::Hour => self.fields.hour = self.number_in(false, 0..=23, "hour")?,
            Element::Hour12 { zero } => self.fields.hour = self.number_in(zero, 0..=12, "hour")?,
            Element::Minute { zero } => self.fields.minute = self.number_in(zero, 0..=59, "minute")?,
            Element::Second { zero } => {
                self.fields.second = self.number_in(zero, 0..=59, "second")?;
                // A fraction may follow the second even if the layout does not say so.
                let next = next_element(layout_after).1;
                if self.fraction_length() > 0 && !matches!(next, Some((Element::Fraction { .. }, _))) {
                    self.fraction(self.fraction_length())?;
                }
            }
            Element::Half { upper } => {
                let half = self.take(2)?;
                self.fields.second_half = Some(match (half, upper) {
                    ("AM", true) | ("am", false) => false,
                    ("PM", true) | ("pm", false) => true,
                    _ => return Err(Trouble::Mismatch),
                });
            }
            Element::ZoneName => self.zone_name()?,
            Element::Offset(style) => self.offset(style)?,
            Element::Fraction { digits, trim: false, .. } => self.fraction(digits)?,
            Element::Fraction { trim: true, .. } => {
                if self.fraction_length() > 0 {
                    self.fraction(self.fraction_length())?;
                }
            }
        }
        Ok(())
    }

    fn skip_spaces(&mut self, fill: Fill, count: usize) {
        for _ in 0..count {
            if fill == Fill::Space {
                self.rest = self.rest.strip_prefix(' ').unwrap_or(self.rest);
            }
        }
    }

    /// How many digits of a fraction follow a comma or point here.
    fn fraction_length(&self) -> usize {
        let digits = self.rest.strip_prefix(['.', ',']).unwrap_or_default();
        digits.bytes().take_while(u8::is_ascii_digit).count()
    }

    fn fraction(&mut self, digits: usize) -> Result<(), Trouble> {
        let written = self.take(digits + 1)?.strip_prefix(['.', ',']).ok_or(Trouble::Mismatch)?;
        let written = written.get(..9).unwrap_or(written);
        let fraction: i64 = written.parse().map_err(|_| Trouble::Mismatch)?;
        if fraction < 0 {
            return Err(Trouble::OutOfRange("fractional second"));
        }
        let missing = u32::try_from(9 - written.len()).unwrap_or(0);
        self.fields.nanosecond = fraction * 10_i64.pow(missing);
        Ok(())
    }

    fn offset(&mut self, style: OffsetStyle) -> Result<(), Trouble> {
        if style.z
            && let Some(rest) = self.rest.strip_prefix('Z')
        {
            self.rest = rest;
            self.fields.utc = true;
            return Ok(());
        }
        let part_count = 1 + usize::from(style.minutes) + usize::from(style.seconds);
        let length = if style.colons { 3 * part_count } else { 2 * part_count + 1 };
        let written = self.take(length)?;
        let (sign, mut rest) = written.split_at_checked(1).ok_or(Trouble::Mismatch)?;
        let mut parts = [0; 3];
        let mut is_offset = matches!(sign, "+" | "-");
        for (index, part) in parts.iter_mut().enumerate().take(part_count) {
            if index > 0 && style.colons {
                rest = rest.strip_prefix(':').ok_or(Trouble::Mismatch)?;
            }
            let (digits, after) = rest.split_at_checked(2).ok_or(Trouble::Mismatch)?;
            let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
            is_offset &= is_number;
            if !is_number {
                break;
            }
            *part = digits.parse().map_err(|_| Trouble::Mismatch)?;
            rest = after;
        }
        let [hours, minutes, seconds] = parts;
        // Some write offsets of 24 hours, 60 minutes or 60 seconds.
        if seconds > 60 {
            return Err(Trouble::OutOfRange("time zone offset second"));
        }
        if minutes > 60 {
            return Err(Trouble::OutOfRange("time zone offset minute"));
        }
        if hours > 24 {
            return Err(Trouble::OutOfRange("time zone offset hour"));
        }
        if !is_offset {
            return Err(Trouble::Mismatch);
        }
        let offset = (hours * 60 + minutes) * 60 + seconds;
        self.fields.offset = if sign == "-" { -offset } else { offset };
        Ok(())
    }

    /// An abbreviation says nothing about the offset: the same one means several zones. Go too takes it as UTC.
    fn zone_name(&mut self) -> Result<(), Trouble> {
        let length = zone_name_length(self.rest).ok_or(Trouble::Mismatch)?;
        self.fields.utc |= self.take(length)? == "UTC";
        Ok(())
    }

    fn finish(self) -> Result<i128, String> {
        let fields = &self.fields;
        let hour = match fields.second_half {
            Some(true) if fields.hour < 12 => fields.hour + 12,
            Some(false) if fields.hour == 12 => 0,
            _ => fields.hour,
        };
        let (month, day) = match fields.day_of_year {
            Some(day_of_year) => self.date_of_day_of_year(day_of_year)?,
            None => (fields.month.unwrap_or(1), fields.day.unwrap_or(1)),
        };
        if day < 1 || day > days_in_month(fields.year, month) {
            return Err(self.problem(&"day out of range"));
        }
        let days = i128::from(days_of_date(fields.year, month, day));
        let offset = if fields.utc { 0 } else { fields.offset };
        let clock = i128::from(hour * 3_600 + fields.minute * 60 + fields.second - offset);
        Ok((days * 86_400 + clock) * 1_000_000_000 + i128::from(fields.nanosecond))
    }

    fn date_of_day_of_year(&self, day_of_year: i64) -> Result<(i64, i64), String> {
        let year = self.fields.year;
        if day_of_year < 1 || day_of_year > if is_leap(year) { 366 } else { 365 } {
            return Err(self.problem(&"day-of-year out of range"));
        }
        let (_, month, day) = date_of_days(days_of_date(year, 1, 1) + day_of_year - 1);
        if self.fields.month.is_some_and(|seen| seen != month) {
            return Err(self.problem(&"day-of-year does not match month"));
        }
        if self.fields.day.is_some_and(|seen| seen != day) {
            return Err(self.problem(&"day-of-year does not match day"));
        }
        Ok((month, day))
    }
}

/// What follows `prefix` in `value`, where any run of spaces equals any other; or the place where they differ.
fn skip<'t>(mut value: &'t str, mut prefix: &str) -> Result<&'t str, &'t str> {
    while let Some(c) = prefix.chars().next() {
        if c == ' ' {
            if !value.is_empty() && !value.starts_with(' ') {
                return Err(value);
            }
            prefix = prefix.trim_start_matches(' ');
            value = value.trim_start_matches(' ');
            continue;
        }
        value = value.strip_prefix(c).ok_or(value)?;
        prefix = prefix.strip_prefix(c).unwrap_or_default();
    }
    Ok(value)
}

/// How much of `value` looks like the abbreviation of a zone: there is no list of them.
fn zone_name_length(value: &str) -> Option<usize> {
    let signed_offset = |text: &str| {
        let digits = text.strip_prefix(['+', '-'])?;
        let length = digits.bytes().take_while(u8::is_ascii_digit).count();
        digits.get(..length)?.parse::<u64>().ok().filter(|&hours| hours <= 23).map(|_| length + 1)
    };
    if value.starts_with("UTC") {
        return Some(3);
    }
    if value.starts_with("ChST") || value.starts_with("MeST") {
        return Some(4);
    }
    if let Some(after) = value.strip_prefix("GMT") {
        return Some(3 + signed_offset(after).unwrap_or(0));
    }
    if value.len() >= 3 && value.starts_with(['+', '-']) {
        return signed_offset(value);
    }
    let upper = value.bytes().take(6).take_while(u8::is_ascii_uppercase).count();
    match upper {
        3 => Some(3),
        4 if value.as_bytes().get(3) == Some(&b'T') || value.starts_with("WITA") => Some(4),
        5 if value.as_bytes().get(4) == Some(&b'T') => Some(5),
        _ => None,
    }
}

/// How Go's `time` package quotes: everything that is not printable ASCII byte by byte.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => {
                quoted.push('\\');
                quoted.push(char::from(byte));
            }
            b' '..=0x7f => quoted.push(char::from(byte)),
            _ => {
                let _ = write!(quoted, r"\x{byte:02x}");
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
#[path = "go_time_layout_tests.rs"]
mod tests;
