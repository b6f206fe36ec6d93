//! The identities of campaigns, people and pledges, and how they are written.

use super::characters::{only_formats, turns_direction};
use data_encoding::BASE64URL_NOPAD;
use std::fmt;

macro_rules! id16 {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);

        impl $name {
            /// The bytes as a slice, for binding to a BLOB column.
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }

            /// From exactly 16 bytes.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                Some(Self(bytes.try_into().ok()?))
            }

            /// From unpadded base64url, 22 characters.
            pub fn parse(text: &str) -> Option<Self> {
                Self::from_slice(&BASE64URL_NOPAD.decode(text.as_bytes()).ok()?)
            }
        }

        /// Unpadded base64url, 22 characters.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&BASE64URL_NOPAD.encode(&self.0))
            }
        }

        /// Only the type's name: identities stay out of logs.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

id16! {
    /// A campaign: 16 random bytes, the first four of which (its *tag*) are unique in an installation.
    CampaignId
}
id16! {
    /// A person within one campaign: HMAC of the identifier under the campaign's secret, cut to 16 bytes.
    /// The same person has another id in another campaign.
    ParticipantId
}
id16! {
    /// A pledge: the campaign's 4-byte tag, 12 bits for its approximate position in the log, then 84 random bits.
    ///
    /// The 12 bits are the log's size when it was signed, counted in 256s, modulo 4,096: pledges of the same minute are
    /// next to each other in an index by id, instead of each on its own page. They reveal less than the log index,
    /// which everyone who has the pledge can see.
    PledgeId
}

id16! {
    /// A proposal to change a roster: 16 random bytes.
    ProposalId
}

/// The first four bytes of a campaign id; they begin every pledge id of that campaign.
pub type CampaignTag = [u8; 4];

impl CampaignId {
    /// The first four bytes, which every pledge id of the campaign begins with.
    pub fn tag(&self) -> CampaignTag {
        [self.0[0], self.0[1], self.0[2], self.0[3]]
    }
}

impl PledgeId {
    /// An id for a pledge that is signed when the log has about `size` entries. The first 12 random bits are replaced.
    pub fn new(campaign: CampaignId, size: u64, random: [u8; 12]) -> Self {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&campaign.tag());
        bytes[4..].copy_from_slice(&random);
        let [.., high, low] = ((size / 256) << 4).to_be_bytes();
        bytes[4] = high;
        bytes[5] = low | bytes[5] & 0x0f;
        Self(bytes)
    }

    /// The campaign's tag: the first four bytes.
    pub fn campaign_tag(&self) -> CampaignTag {
        [self.0[0], self.0[1], self.0[2], self.0[3]]
    }
}

/// Crockford's base32 alphabet: no I, L, O, U.
pub const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The value of one typed Crockford character, forgiving case and look-alikes (O is 0; I and L are 1).
pub fn crockford_value(typed: char) -> Option<u8> {
    let upper = match typed.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    CROCKFORD.iter().position(|&c| char::from(c) == upper).and_then(|at| u8::try_from(at).ok())
}

/// The values of a typed number that ends in a check character: ignores case, spaces and hyphens, forgives O, I and L.
/// `None` when the length or the check character is wrong.
pub(super) fn checked_values<const VALUES: usize>(typed: &str) -> Option<[u8; VALUES]> {
    let values: Vec<u8> = typed
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}'))
        .filter(|c| !only_formats(*c) && !turns_direction(*c))
        .map(crockford_value)
        .collect::<Option<_>>()?;
    let (check, body) = values.split_last()?;
    let body: [u8; VALUES] = body.try_into().ok()?;
    (check_value(&body) == *check).then_some(body)
}

/// The check character's value: the sum of the values, weighted 1, 3, 5, …, modulo 32. The weights are odd, so that
/// every single wrong character is noticed, and most swaps of neighbours.
pub(super) fn check_value(values: &[u8]) -> u8 {
    let sum: u32 = values.iter().zip((1u32..).step_by(2)).map(|(&value, weight)| u32::from(value) * weight).sum();
    u8::try_from(sum % 32).expect("less than 32")
}

/// The printed number of a certificate: the first 65 bits after the tag of a pledge id as 13 Crockford characters
/// and a check character, shown `XXXXX-XXXXX-XXXX`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Serial([u8; 13]);

impl Serial {
    /// The serial of a pledge: the first 65 bits of its id after the tag.
    pub fn of(pledge: PledgeId) -> Self {
        let mut wide = [0u8; 16];
        wide[4..].copy_from_slice(&pledge.0[4..]);
        // 96 bits, of which the top 65 are kept.
        let bits = u128::from_be_bytes(wide) >> (96 - 65);
        let mut values = [0u8; 13];
        for (place, value) in values.iter_mut().enumerate() {
            *value = u8::try_from((bits >> (5 * (12 - place))) & 31).expect("five bits fit a byte");
        }
        Self(values)
    }

    /// Reads a typed serial: ignores case, spaces and hyphens, forgives O, I and L.
    /// `None` when the length or the check character is wrong.
    pub fn parse(typed: &str) -> Option<Self> {
        checked_values(typed).map(Self)
    }

    /// The lowest and highest pledge ids that carry this serial in the campaign with this tag.
    pub fn range(&self, tag: CampaignTag) -> (PledgeId, PledgeId) {
        let bits = self.0.iter().fold(0u128, |bits, &value| (bits << 5) | u128::from(value));
        let low = bits << (96 - 65);
        let high = low | ((1u128 << (96 - 65)) - 1);
        let id = |bits: u128| {
            let mut bytes = bits.to_be_bytes();
            bytes[..4].copy_from_slice(&tag);
            PledgeId(bytes)
        };
        (id(low), id(high))
    }

    fn check(&self) -> u8 {
        check_value(&self.0)
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let check = [self.check()];
        for (place, &value) in self.0.iter().chain(&check).enumerate() {
            if place == 5 || place == 10 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(CROCKFORD[usize::from(value)]))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_serial_reads_back_and_its_range_holds_the_pledge(random: [u8; 12], tag: [u8; 4], size: u64) {
            let mut campaign = [7; 16];
            campaign[..4].copy_from_slice(&tag);
            let pledge = PledgeId::new(CampaignId(campaign), size, random);
            let serial = Serial::of(pledge);
            prop_assert_eq!(Serial::parse(&serial.to_string().to_lowercase()), Some(serial));
            let (low, high) = serial.range(tag);
            prop_assert!(low <= pledge && pledge <= high);
            prop_assert_eq!(Serial::of(low), Serial::of(high));
        }

        #[test]
        fn one_wrong_character_is_noticed(random: [u8; 12], place in 0usize..13, shift in 1u8..32) {
            let mut serial = Serial::of(PledgeId::new(CampaignId([0; 16]), 0, random));
            let before = serial.check();
            serial.0[place] = (serial.0[place] + shift) % 32;
            prop_assert_ne!(serial.check(), before);
        }
    }

    proptest! {
        #[test]
        fn later_pledges_stand_after_earlier_ones_and_keep_84_random_bits(
            size in 0u64..(1 << 20) - 256, random: [u8; 12], other: [u8; 12],
        ) {
            let id = |size, random| PledgeId::new(CampaignId([7; 16]), size, random);
            prop_assert!(id(size, random) < id(size + 256, other));
            prop_assert_eq!(id(size, random), id(size + (1 << 20), random));
            prop_assert_eq!(&id(size, random).0[6..], &random[2..]);
            prop_assert_eq!(id(size, random).0[5] & 0x0f, random[1] & 0x0f);
        }
    }

    #[test]
    fn an_identity_is_written_in_22_characters_and_hidden_from_debug() {
        let id = PledgeId([255; 16]);
        assert_eq!(id.to_string().len(), 22);
        assert_eq!(PledgeId::parse(&id.to_string()), Some(id));
        assert_eq!(format!("{id:?}"), "PledgeId(…)");
    }
}
