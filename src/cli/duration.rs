//! Durations: read as `90s`, `30m`, `2h` or `1h30m`, and shown the same way.

use std::fmt::Write;
use std::time::Duration;

/// Largest first, as they must follow one another; a day has 24 hours.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// Reads a whole number with a unit, or several from the largest unit to the smallest.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let mut rest = text;
    let mut millis = 0_u64;
    let mut least_unit = u64::MAX;
    loop {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
        let (unit, after) = after.split_at(after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len()));
        if number.is_empty() {
            return Err("not a duration such as 90s, 30m, 2h or 1h30m".to_owned());
        }
        let Some(&(_, factor)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(match after.chars().next() {
                _ if !unit.is_empty() => "a unit is none of ms, s, m, h, d".to_owned(),
                Some('.' | ',') => "a fraction is not understood; 1.5h is written 1h30m".to_owned(),
                Some(c) if c.is_whitespace() => "there is a blank between a number and its unit".to_owned(),
                _ => format!("the unit is missing: {number}ms, {number}s, {number}m, {number}h or {number}d?"),
            });
        };
        if factor >= least_unit {
            return Err("the units do not go from the largest to the smallest".to_owned());
        }
        least_unit = factor;
        millis = number
            .parse::<u64>()
            .ok()
            .and_then(|count| count.checked_mul(factor))
            .and_then(|more| millis.checked_add(more))
            .ok_or("longer than any clock runs")?;
        if after.is_empty() {
            return Ok(Duration::from_millis(millis));
        }
        rest = after;
    }
}

/// As [`parse`], but not zero.
pub(crate) fn parse_positive(text: &str) -> Result<Duration, String> {
    match parse(text)? {
        Duration::ZERO => Err("zero is no time at all; nothing could succeed".to_owned()),
        duration => Ok(duration),
    }
}

/// Shows a duration in its two largest units, whole seconds at least: `0s`, `59s`, `1m 1s`, `2h 0m`, `3d 4h`.
pub(crate) fn show(duration: Duration) -> String {
    let units = UNITS.iter().filter(|(name, _)| *name != "ms");
    let mut seconds = duration.as_secs();
    let mut text = String::new();
    let mut shown = 0;
    for (name, millis) in units {
        let size = millis / 1000;
        let count = seconds / size;
        if (count > 0 || shown > 0 || *name == "s") && shown < 2 {
            let blank = if shown > 0 { " " } else { "" };
            let _ = write!(text, "{blank}{count}{name}");
            shown += 1;
        }
        seconds %= size;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read() {
        for (text, millis) in [
            ("90s", 90_000),
            ("30m", 1_800_000),
            ("2h", 7_200_000),
            ("1d", 86_400_000),
            ("250ms", 250),
            ("0s", 0),
            ("1h30m", 5_400_000),
            ("1d2h3m4s5ms", 93_784_005),
            ("007s", 7000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_duration() {
        let shape = "not a duration such as 90s, 30m, 2h or 1h30m";
        let unit = "a unit is none of ms, s, m, h, d";
        let order = "the units do not go from the largest to the smallest";
        let long = "longer than any clock runs";
        for (text, why) in [
            ("", shape),
            ("s", shape),
            ("-1s", shape),
            ("+1s", shape),
            (" 1s", shape),
            ("1.5h", "a fraction is not understood; 1.5h is written 1h30m"),
            ("1,5h", "a fraction is not understood; 1.5h is written 1h30m"),
            ("90", unit_missing("90").as_str()),
            ("1h30", unit_missing("30").as_str()),
            ("1 h", "there is a blank between a number and its unit"),
            ("1;h", unit_missing("1").as_str()),
            ("1h ", shape),
            ("1S", unit),
            ("1w", unit),
            ("NaNs", shape),
            ("1e9s", unit),
            ("٣s", shape),
            ("1m1h", order),
            ("1s1s", order),
            ("18446744073709551615s", long),
            ("99999999999999999999ms", long),
            ("213503982334d18446744073709551615ms", long),
        ] {
            assert_eq!(parse(text), Err(why.to_owned()), "{text:?}");
        }
        assert_eq!(parse_positive("0h"), Err("zero is no time at all; nothing could succeed".to_owned()));
    }

    fn unit_missing(number: &str) -> String {
        format!("the unit is missing: {number}ms, {number}s, {number}m, {number}h or {number}d?")
    }

    #[test]
    fn durations_shown() {
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (61, "1m 1s"),
            (600, "10m 0s"),
            (7200, "2h 0m"),
            (3 * 86_400 + 4 * 3600 + 300, "3d 4h"),
        ] {
            assert_eq!(show(Duration::from_secs(seconds)), text);
        }
        assert_eq!(show(Duration::from_millis(1999)), "1s");
    }
}
