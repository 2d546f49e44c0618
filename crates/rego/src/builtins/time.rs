//! Time: nanoseconds since the Unix epoch, and what calendars, clocks and layouts make of them.

use super::go_time_layout::{self as layout, CivilTime, days_in_month, days_of_date};
use super::operand::{any, integer, string};
use super::{Builtin, BuiltinError, Context, Parameter, Type, text};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use value::{Value, number};

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;

const TIME: Type = Type::AnyOf(&[Type::Number, Type::Tuple(&[Type::Number, Type::String])]);
const FORMATTED: Type = Type::AnyOf(&[
    Type::Number,
    Type::Tuple(&[Type::Number, Type::String]),
    Type::Tuple(&[Type::Number, Type::String, Type::String]),
]);
const WHEN: Parameter = Parameter::new("x", TIME, "nanoseconds since the epoch (UTC), or these and a time zone");
const NANOSECONDS: Parameter = Parameter::new("ns", Type::Number, "nanoseconds since the epoch");

pub(super) const FAMILY: &[Builtin] = &[
    Builtin::of_leaves(
        "time.now_ns",
        "Tells the time, the same one throughout an evaluation.",
        &[],
        Parameter::new("now", Type::Number, "nanoseconds since the epoch"),
        now_ns,
    )
    .nondeterministic(),
    Builtin::of_leaves(
        "time.parse_ns",
        "Reads a time by one of Go's layouts, such as `2006-01-02 15:04`, or a named one such as `RFC822Z`.",
        &[
            Parameter::new("layout", Type::String, "how the time is written"),
            Parameter::new("value", Type::String, "the time"),
        ],
        NANOSECONDS,
        parse_ns,
    ),
    Builtin::of_leaves(
        "time.parse_rfc3339_ns",
        "Reads a time in the format of RFC 3339, such as `2017-06-02T19:00:00-07:00`.",
        &[Parameter::new("value", Type::String, "the time")],
        NANOSECONDS,
        parse_rfc3339_ns,
    ),
    Builtin::of_leaves(
        "time.parse_duration_ns",
        "Reads a duration such as `1h15m`; units are `ns`, `us`, `ms`, `s`, `m`, `h`, `d`, `w` and `y` (365 days).",
        &[Parameter::new("duration", Type::String, "the duration")],
        Parameter::new("ns", Type::Number, "its nanoseconds"),
        parse_duration_ns,
    ),
    Builtin::of_leaves(
        "time.format",
        "Writes a time in the format of RFC 3339, or by one of Go's layouts, or by a named one.",
        &[Parameter::new("x", FORMATTED, "nanoseconds since the epoch (UTC), these and a time zone, or also a layout")],
        Parameter::new("formatted", Type::String, "the written time"),
        format,
    ),
    Builtin::of_leaves(
        "time.date",
        "Tells the date of a time.",
        &[WHEN],
        Parameter::new("date", Type::Tuple(&[Type::Number, Type::Number, Type::Number]), "year, month and day"),
        date,
    ),
    Builtin::of_leaves(
        "time.clock",
        "Tells what the clock shows at a time.",
        &[WHEN],
        Parameter::new("output", Type::Tuple(&[Type::Number, Type::Number, Type::Number]), "hour, minute and second"),
        clock,
    ),
    Builtin::of_leaves(
        "time.weekday",
        "Tells the day of the week of a time.",
        &[WHEN],
        Parameter::new("day", Type::String, "`Monday` and so on"),
        weekday,
    ),
    Builtin::of_leaves(
        "time.add_date",
        "Adds years, months and days to a time; what a month has not runs over into the next.",
        &[
            WHEN,
            Parameter::new("years", Type::Number, "how many years"),
            Parameter::new("months", Type::Number, "how many months"),
            Parameter::new("days", Type::Number, "how many days"),
        ],
        Parameter::new("output", Type::Number, "nanoseconds since the epoch"),
        add_date,
    ),
    Builtin::of_leaves(
        "time.diff",
        "Tells how far apart two times are by calendar and clock.",
        &[Parameter::new("ns1", TIME, "one time; its zone counts"), Parameter::new("ns2", TIME, "the other")],
        Parameter::new(
            "output",
            Type::Tuple(&[Type::Number, Type::Number, Type::Number, Type::Number, Type::Number, Type::Number]),
            "years, months, days, hours, minutes and seconds",
        ),
        diff,
    ),
];

fn now_ns<'a>(context: &mut Context<'_, 'a>, _: &[Value<'a>]) -> Result<'a> {
    Ok(Some(Value::Int(context.now_ns())))
}

fn parse_ns<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (layout, value) = (string(operands, 0)?, string(operands, 1)?);
    in_range(layout::parse(layout::resolve(layout), value).map_err(BuiltinError::failed)?)
}

fn parse_rfc3339_ns<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    in_range(layout::parse(layout::RFC3339, string(operands, 0)?).map_err(BuiltinError::failed)?)
}

/// Nanoseconds that 64 bits hold: from 1677 to 2262.
fn in_range<'a>(nanoseconds: i128) -> Result<'a> {
    match i64::try_from(nanoseconds) {
        Ok(nanoseconds) => Ok(Some(Value::Int(nanoseconds))),
        Err(_) => Err(BuiltinError::failed("time outside of valid range")),
    }
}

fn parse_duration_ns<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    duration(string(operands, 0)?).map(|nanoseconds| Some(Value::Int(nanoseconds))).map_err(BuiltinError::failed)
}

/// The nanoseconds of a duration in Go's notation, with days, weeks and years besides.
///
/// # Errors
/// Go's message.
pub(super) fn duration(written: &str) -> std::result::Result<i64, String> {
    let fail = |problem: &str| Err(format!("time: {problem} {}", layout::quote(written)));
    let negative = written.starts_with('-');
    let mut rest = written.strip_prefix(['-', '+']).unwrap_or(written);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return fail("invalid duration");
    }
    // As far as Go computes, without a sign: the least number has no positive counterpart.
    const MAGNITUDE_MAX: i128 = 1 << 63;
    let mut total = 0_i128;
    while !rest.is_empty() {
        let (whole, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at(after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len())),
            None => ("", after),
        };
        let amount = if whole.is_empty() { Some(0) } else { whole.parse::<i128>().ok() };
        let Some(amount) = amount.filter(|&amount| amount <= MAGNITUDE_MAX) else {
            return fail("invalid duration");
        };
        if whole.is_empty() && fraction.is_empty() {
            return fail("invalid duration");
        }
        let (unit, after) = after.split_at(after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len()));
        if unit.is_empty() {
            return fail("missing unit in duration");
        }
        let Some(unit_ns) = unit_nanoseconds(unit) else {
            return fail(&format!("unknown unit {} in duration", layout::quote(unit)));
        };
        total += amount * unit_ns + fraction_nanoseconds(fraction, unit_ns);
        if total > MAGNITUDE_MAX {
            return fail("invalid duration");
        }
        rest = after;
    }
    let total = if negative { -total } else { total };
    i64::try_from(total).or_else(|_| fail("invalid duration"))
}

/// The part of a unit that the digits after a decimal point say, through floats as Go computes it.
fn fraction_nanoseconds(digits: &str, unit_ns: i128) -> i128 {
    let (mut fraction, mut scale) = (0_u64, 1.0);
    for digit in digits.chars().filter_map(|c| c.to_digit(10)) {
        let next = fraction.checked_mul(10).and_then(|fraction| fraction.checked_add(u64::from(digit)));
        let Some(next) = next.filter(|&next| next <= 1 << 63) else { break };
        fraction = next;
        scale *= 10.0;
    }
    (fraction as f64 * (unit_ns as f64 / scale)) as i128
}

fn unit_nanoseconds(unit: &str) -> Option<i128> {
    const SECOND: i128 = 1_000_000_000;
    const DAY: i128 = 86_400 * SECOND;
    Some(match unit {
        "ns" => 1,
        // Both the micro sign and the Greek letter.
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3_600 * SECOND,
        "d" => DAY,
        "w" => 7 * DAY,
        "y" => 365 * DAY,
        _ => return None,
    })
}

/// A time, the zone to see it in, and a layout when one was given.
struct Moment<'a> {
    nanoseconds: i64,
    zone: TimeZone,
    layout: Option<&'a str>,
}

impl<'a> Moment<'a> {
    fn new(operands: &[Value<'a>], index: usize) -> std::result::Result<Self, BuiltinError> {
        const EXPECTED: &str = "either number (ns) or [number (ns), string (tz)]";
        // OPA calls each of these operand 1, whichever it is.
        let first = 0;
        let operand = any(operands, index);
        let parts = match operand {
            Value::Int(_) | Value::Number(_) => [Some(operand), None, None],
            Value::Array(array) => [array.get(0), array.get(1), array.get(2)],
            _ => return Err(BuiltinError::operand(first, EXPECTED, operand)),
        };
        let [Some(nanoseconds), zone, layout] = parts else {
            return Err(BuiltinError::operand(first, EXPECTED, operand));
        };
        if !nanoseconds.is_number() {
            return Err(BuiltinError::operand(first, "number", nanoseconds));
        }
        let text = |value: Option<Value<'a>>| match value {
            Some(value) => value.as_str().map(Some).ok_or_else(|| BuiltinError::operand(first, "string", value)),
            None => Ok(None),
        };
        let zone = time_zone(text(zone)?.unwrap_or_default())?;
        let layout = text(layout)?.filter(|layout| !layout.is_empty());
        let nanoseconds = number::to_i64(nanoseconds).ok_or_else(|| BuiltinError::failed("timestamp too big"))?;
        Ok(Self { nanoseconds, zone, layout })
    }

    fn civil(&self) -> CivilTime {
        civil(&self.zone, self.nanoseconds)
    }
}

fn time_zone(name: &str) -> std::result::Result<TimeZone, BuiltinError> {
    // An evaluation does not see the zone of its machine.
    if matches!(name, "" | "UTC" | "Local") {
        return Ok(TimeZone::UTC);
    }
    if name.contains("..") || name.starts_with(['/', '\\']) || name.contains('\\') {
        return Err(BuiltinError::failed("time: invalid location name"));
    }
    // Names are told apart by case, as in Go.
    TimeZone::get(name)
        .ok()
        .filter(|zone| zone.iana_name() == Some(name))
        .ok_or_else(|| BuiltinError::failed(format!("unknown time zone {name}")))
}

fn civil(zone: &TimeZone, nanoseconds: i64) -> CivilTime {
    let (seconds, nanosecond) = (nanoseconds.div_euclid(1_000_000_000), nanoseconds.rem_euclid(1_000_000_000));
    // Any 64-bit number of nanoseconds is within the range of timestamps.
    let timestamp = Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or(Timestamp::UNIX_EPOCH);
    let offset = zone.to_offset_info(timestamp);
    CivilTime::new(seconds, nanosecond, i64::from(offset.offset().seconds()), offset.abbreviation().to_owned())
}

fn format<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let moment = Moment::new(operands, 0)?;
    let (time, layout) = (moment.civil(), moment.layout.map_or(layout::RFC3339_NANO, layout::resolve));
    text::build(context.arena, |out| layout::format(out, layout, &time)).map(Some)
}

fn date<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let time = Moment::new(operands, 0)?.civil();
    Ok(Some(context.arena.array(&[Value::Int(time.year), Value::Int(time.month), Value::Int(time.day)])))
}

fn clock<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let time = Moment::new(operands, 0)?.civil();
    Ok(Some(context.arena.array(&[Value::Int(time.hour), Value::Int(time.minute), Value::Int(time.second)])))
}

fn weekday<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    Ok(Some(context.arena.borrowed(Moment::new(operands, 0)?.civil().weekday())))
}

fn add_date<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let moment = Moment::new(operands, 0)?;
    let (years, months, days) = (integer(operands, 1)?, integer(operands, 2)?, integer(operands, 3)?);
    let time = moment.civil();
    let out_of_range = || BuiltinError::failed("time outside of valid range");
    let total_months = years
        .checked_add(time.year)
        .and_then(|years| years.checked_mul(12))
        .and_then(|total| total.checked_add(time.month - 1)?.checked_add(months))
        .ok_or_else(out_of_range)?;
    let (year, month) = (total_months.div_euclid(12), total_months.rem_euclid(12) + 1);
    // Beyond a million years days could not bring the time back into range without leaving it themselves.
    if year.abs() > 1_000_000 {
        return Err(out_of_range());
    }
    let local_days = days_of_date(year, month, time.day).checked_add(days).ok_or_else(out_of_range)?;
    // Where the range of nanoseconds ends, and a day around it.
    if local_days.abs() > 106_753 {
        return Err(out_of_range());
    }
    let local = local_days * 86_400 + time.hour * 3_600 + time.minute * 60 + time.second;
    // The offset that holds at that local time: found, as Go does, by taking the local time for UTC first. A time that
    // a clock change leaves out or shows twice comes out as in Go.
    let offset =
        |seconds: i64| Timestamp::from_second(seconds).map_or(0, |at| i64::from(moment.zone.to_offset(at).seconds()));
    let seconds = local - offset(local - offset(local));
    in_range(i128::from(seconds) * 1_000_000_000 + i128::from(time.nanosecond))
}

fn diff<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (one, other) = (Moment::new(operands, 0)?, Moment::new(operands, 1)?);
    let (earlier, later) = (one.nanoseconds.min(other.nanoseconds), one.nanoseconds.max(other.nanoseconds));
    let (a, b) = (civil(&one.zone, earlier), civil(&one.zone, later));
    let mut parts =
        [b.year - a.year, b.month - a.month, b.day - a.day, b.hour - a.hour, b.minute - a.minute, b.second - a.second];
    // What one part lacks it borrows from the part above.
    let sizes = [0, 12, days_in_month(a.year, a.month), 24, 60, 60];
    for index in (1..parts.len()).rev() {
        let [above, part] = parts.get_mut(index - 1..=index).unwrap_or_default() else { continue };
        if *part < 0 {
            *part += sizes.get(index).copied().unwrap_or_default();
            *above -= 1;
        }
    }
    Ok(Some(context.arena.array(&parts.map(Value::Int))))
}

#[cfg(test)]
#[path = "time_tests.rs"]
mod tests;
