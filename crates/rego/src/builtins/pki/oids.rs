//! The object identifiers that have a meaning here.

pub const RSA_ENCRYPTION: &[u32] = &[1, 2, 840, 113_549, 1, 1, 1];
pub const MD5_WITH_RSA: &[u32] = &[1, 2, 840, 113_549, 1, 1, 4];
pub const SHA1_WITH_RSA: &[u32] = &[1, 2, 840, 113_549, 1, 1, 5];
pub const MGF1: &[u32] = &[1, 2, 840, 113_549, 1, 1, 8];
pub const RSA_PSS: &[u32] = &[1, 2, 840, 113_549, 1, 1, 10];
pub const SHA256_WITH_RSA: &[u32] = &[1, 2, 840, 113_549, 1, 1, 11];
pub const SHA384_WITH_RSA: &[u32] = &[1, 2, 840, 113_549, 1, 1, 12];
pub const SHA512_WITH_RSA: &[u32] = &[1, 2, 840, 113_549, 1, 1, 13];
/// The same as [`SHA1_WITH_RSA`] from another authority.
pub const ISO_SHA1_WITH_RSA: &[u32] = &[1, 3, 14, 3, 2, 29];
pub const DSA: &[u32] = &[1, 2, 840, 10_040, 4, 1];
pub const DSA_WITH_SHA1: &[u32] = &[1, 2, 840, 10_040, 4, 3];
pub const DSA_WITH_SHA256: &[u32] = &[2, 16, 840, 1, 101, 3, 4, 3, 2];
pub const EC_PUBLIC_KEY: &[u32] = &[1, 2, 840, 10_045, 2, 1];
pub const ECDSA_WITH_SHA1: &[u32] = &[1, 2, 840, 10_045, 4, 1];
pub const ECDSA_WITH_SHA256: &[u32] = &[1, 2, 840, 10_045, 4, 3, 2];
pub const ECDSA_WITH_SHA384: &[u32] = &[1, 2, 840, 10_045, 4, 3, 3];
pub const ECDSA_WITH_SHA512: &[u32] = &[1, 2, 840, 10_045, 4, 3, 4];
pub const P224: &[u32] = &[1, 3, 132, 0, 33];
pub const P256: &[u32] = &[1, 2, 840, 10_045, 3, 1, 7];
pub const P384: &[u32] = &[1, 3, 132, 0, 34];
pub const P521: &[u32] = &[1, 3, 132, 0, 35];
pub const X25519: &[u32] = &[1, 3, 101, 110];
pub const ED25519: &[u32] = &[1, 3, 101, 112];
pub const SHA256: &[u32] = &[2, 16, 840, 1, 101, 3, 4, 2, 1];
pub const SHA384: &[u32] = &[2, 16, 840, 1, 101, 3, 4, 2, 2];
pub const SHA512: &[u32] = &[2, 16, 840, 1, 101, 3, 4, 2, 3];
pub const EXTENSION_REQUEST: &[u32] = &[1, 2, 840, 113_549, 1, 9, 14];
pub const SUBJECT_ALTERNATIVE_NAME: &[u32] = &[2, 5, 29, 17];
pub const AUTHORITY_INFORMATION_ACCESS: &[u32] = &[1, 3, 6, 1, 5, 5, 7, 1, 1];
pub const OCSP: &[u32] = &[1, 3, 6, 1, 5, 5, 7, 48, 1];
pub const ISSUERS: &[u32] = &[1, 3, 6, 1, 5, 5, 7, 48, 2];

/// A use of a certificate's key: the number and the word that Go gives it.
#[derive(Debug)]
pub struct ExtendedKeyUsage {
    pub number: i64,
    pub name: &'static str,
    pub oid: &'static [u32],
}

/// Good for any use.
pub const ANY_USAGE: i64 = 0;
/// What a certificate is verified for when nothing else is said.
pub const SERVER_USAGE: i64 = 1;

const fn usage(number: i64, name: &'static str, oid: &'static [u32]) -> ExtendedKeyUsage {
    ExtendedKeyUsage { number, name, oid }
}

pub const EXTENDED_KEY_USAGES: &[ExtendedKeyUsage] = &[
    usage(ANY_USAGE, "KeyUsageAny", &[2, 5, 29, 37, 0]),
    usage(SERVER_USAGE, "KeyUsageServerAuth", &[1, 3, 6, 1, 5, 5, 7, 3, 1]),
    usage(2, "KeyUsageClientAuth", &[1, 3, 6, 1, 5, 5, 7, 3, 2]),
    usage(3, "KeyUsageCodeSigning", &[1, 3, 6, 1, 5, 5, 7, 3, 3]),
    usage(4, "KeyUsageEmailProtection", &[1, 3, 6, 1, 5, 5, 7, 3, 4]),
    usage(5, "KeyUsageIPSECEndSystem", &[1, 3, 6, 1, 5, 5, 7, 3, 5]),
    usage(6, "KeyUsageIPSECTunnel", &[1, 3, 6, 1, 5, 5, 7, 3, 6]),
    usage(7, "KeyUsageIPSECUser", &[1, 3, 6, 1, 5, 5, 7, 3, 7]),
    usage(8, "KeyUsageTimeStamping", &[1, 3, 6, 1, 5, 5, 7, 3, 8]),
    usage(9, "KeyUsageOCSPSigning", &[1, 3, 6, 1, 5, 5, 7, 3, 9]),
    usage(10, "KeyUsageMicrosoftServerGatedCrypto", &[1, 3, 6, 1, 4, 1, 311, 10, 3, 3]),
    usage(11, "KeyUsageNetscapeServerGatedCrypto", &[2, 16, 840, 1, 113_730, 4, 1]),
    usage(12, "KeyUsageMicrosoftCommercialCodeSigning", &[1, 3, 6, 1, 4, 1, 311, 2, 1, 22]),
    usage(13, "KeyUsageMicrosoftKernelCodeSigning", &[1, 3, 6, 1, 4, 1, 311, 61, 1, 1]),
];
