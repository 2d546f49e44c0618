use super::fits;

#[test]
fn patterns_fit() {
    for (pattern, name, expected) in [
        ("a", "a", true),
        ("a", "ab", false),
        ("*", "", true),
        ("*", "anything", true),
        ("team-*", "team-a", true),
        ("team-*", "a-team-", false),
        ("*-prod", "nlp-prod", true),
        ("a*c*e", "abcde", true),
        ("a*c*e", "ace", true),
        ("a*c*e", "aec", false),
        ("a*a", "a", false),
        ("aws_*_model", "aws_sagemaker_model", true),
        ("*ab*ab", "ab", false),
    ] {
        assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
    }
}
