use super::*;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// The quick way to the shortest digits finds what Go's way finds.
    #[test]
    fn the_quick_way_to_the_shortest_digits_agrees(
        mantissa in prop_oneof![any::<u64>(), (0_u32..64, 0_u64..64).prop_map(|(bits, low)| (1_u64 << bits) | low)],
        exponent in -130_i64..=4,
        nines in any::<bool>(),
    ) {
        let mantissa = if nines { !(mantissa >> 20) } else { mantissa };
        let number = Extended::rounded(false, u128::from(mantissa), 0, false);
        prop_assume!(number.mantissa != 0);
        let number = Extended { exponent, ..number };
        if let Some(found) = number.shortest_fraction() {
            prop_assert_eq!(found, number.shortest_of_exact_digits());
        }
    }

    /// So it does beside powers of ten and short decimals, where a bound has other digits from its first one on.
    #[test]
    fn the_quick_way_agrees_beside_short_decimals(coefficient in 1_u64..100_000, scale in -17_i64..=17, step in -3_i64..=3) {
        let digits = coefficient.to_string().into_bytes();
        let point = scale + digits.len() as i64;
        let significant = trimmed(digits);
        let decimal = Decimal { negative: false, point, count: significant.len(), digits: &significant };
        let number = Extended::from_decimal(&decimal).unwrap();
        let number = Extended { mantissa: number.mantissa.saturating_add_signed(step).max(1 << 63), ..number };
        if let Some(found) = number.shortest_fraction() {
            prop_assert_eq!(found, number.shortest_of_exact_digits());
        }
    }
}

#[test]
fn most_fractions_go_the_quick_way() {
    for (dividend, divisor) in
        [(1, 3), (10, 7), (1, 1_000_000), (999_998, 7), (123_456_789_012, 13), (1, 1_000_000_007_000_003)]
    {
        let quotient = Extended::from_i64(dividend).divide(Extended::from_i64(divisor)).unwrap();
        assert!(quotient.shortest_fraction().is_some(), "{dividend} / {divisor}");
    }
    let integers = [0, 1, -1, 100, i64::MAX, i64::MIN, 1 << 40];
    assert_eq!(integers.map(|n| Extended::from_i64(n).to_i64()), integers.map(Some));
}
