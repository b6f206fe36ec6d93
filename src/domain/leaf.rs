//! The leaf bytes of the roster, pledge and notices logs. Big-endian; no personal data.
//!
//! ```text
//! groups  version 1 | type 3 | SHA-256 of the published list of groups      (34 bytes, index 0 of the roster log)
//! roster  version 1 | type 2 | group u32 | HMAC-SHA256(salt, "ikrar/roster/v1" | campaign16 | slot u32 | identifier)
//! pledge  version 1 | type 1 | group u32 | slot u32 | text hash 16
//!         | HMAC-SHA256(salt, "ikrar/pledge/v1" | campaign16 | slot u32 | SHA-256(credential))
//! notice  version 1 | type 4 | kind u8 | at u64 (Unix ms) | slot u32 | other u32
//!         | HMAC-SHA256(salt, "ikrar/notice/v1" | campaign16 | index u32 | SHA-256(JCS of the details))
//! ```
//! The identifier is its kind byte, the length of its issuer as one byte, the issuer, and the number, all UTF-8.
//! A participant's slot is the index of their leaf in the roster log, so the first slot is 1. A notice's `other` is the
//! index of the notice that it undoes, or the earlier slot of a person who was admitted anew, else 0.

use super::identifier::Identifier;
use super::ids::CampaignId;
use super::notice::NoticeKind;
use super::time::UnixMillis;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// First byte of every leaf.
pub const LEAF_VERSION: u8 = 1;
/// Second byte of a pledge leaf.
pub const TYPE_PLEDGE: u8 = 1;
/// Second byte of a roster leaf.
pub const TYPE_ROSTER: u8 = 2;
/// Second byte of the groups leaf.
pub const TYPE_GROUPS: u8 = 3;

/// Second byte of a notice leaf.
pub const TYPE_NOTICE: u8 = 4;

/// A secret per person and log. Without it a leaf can't be matched with a person or a credential.
pub type Salt = [u8; 32];

/// The first leaf of a roster log: the hash of the published list of groups (JCS).
pub fn groups_leaf(groups_hash: &[u8; 32]) -> Vec<u8> {
    let mut leaf = vec![LEAF_VERSION, TYPE_GROUPS];
    leaf.extend_from_slice(groups_hash);
    leaf
}

/// 38 bytes.
pub fn roster_leaf(campaign: CampaignId, group: u32, slot: u32, identifier: &Identifier, salt: &Salt) -> Vec<u8> {
    let mut message = identifier_bytes(identifier);
    let mac = {
        let mut head = b"ikrar/roster/v1".to_vec();
        head.extend_from_slice(campaign.as_bytes());
        head.extend_from_slice(&slot.to_be_bytes());
        head.append(&mut message);
        hmac(salt, &head)
    };
    let mut leaf = vec![LEAF_VERSION, TYPE_ROSTER];
    leaf.extend_from_slice(&group.to_be_bytes());
    leaf.extend_from_slice(&mac);
    leaf
}

/// 58 bytes. `text_hash` is cut to its first 16 bytes.
pub fn pledge_leaf(
    campaign: CampaignId,
    group: u32,
    slot: u32,
    text_hash: &[u8; 32],
    credential: &[u8],
    salt: &Salt,
) -> Vec<u8> {
    let mut message = b"ikrar/pledge/v1".to_vec();
    message.extend_from_slice(campaign.as_bytes());
    message.extend_from_slice(&slot.to_be_bytes());
    message.extend_from_slice(&Sha256::digest(credential));
    let mut leaf = Vec::with_capacity(58);
    leaf.extend_from_slice(&[LEAF_VERSION, TYPE_PLEDGE]);
    leaf.extend_from_slice(&group.to_be_bytes());
    leaf.extend_from_slice(&slot.to_be_bytes());
    leaf.extend_from_slice(&text_hash[..16]);
    leaf.extend_from_slice(&hmac(salt, &message));
    leaf
}

/// What a notice leaf shows to everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoticeFacts {
    /// Index of the leaf in the notices log, from 0.
    pub index: u32,
    /// What the notice records.
    pub kind: NoticeKind,
    /// When it was written.
    pub at: UnixMillis,
    /// The slot of the person that it concerns.
    pub slot: u32,
    /// Index of the notice that it undoes, or the earlier slot of a person who was admitted anew, else 0.
    pub other: u32,
}

/// 51 bytes. `details` is their canonical JSON.
pub fn notice_leaf(campaign: CampaignId, facts: &NoticeFacts, details: &str, salt: &Salt) -> Vec<u8> {
    let mut message = b"ikrar/notice/v1".to_vec();
    message.extend_from_slice(campaign.as_bytes());
    message.extend_from_slice(&facts.index.to_be_bytes());
    message.extend_from_slice(&Sha256::digest(details));
    let mut leaf = Vec::with_capacity(51);
    leaf.extend_from_slice(&[LEAF_VERSION, TYPE_NOTICE, facts.kind.code()]);
    leaf.extend_from_slice(&facts.at.0.to_be_bytes());
    leaf.extend_from_slice(&facts.slot.to_be_bytes());
    leaf.extend_from_slice(&facts.other.to_be_bytes());
    leaf.extend_from_slice(&hmac(salt, &message));
    leaf
}

/// Kind byte, issuer length, issuer, number: unambiguous, and the same bytes that a participant id is derived from.
pub fn identifier_bytes(identifier: &Identifier) -> Vec<u8> {
    let issuer = identifier.issuer().as_bytes();
    let mut bytes = vec![identifier.kind(), u8::try_from(issuer.len()).unwrap_or(u8::MAX)];
    bytes.extend_from_slice(issuer);
    bytes.extend_from_slice(identifier.digits().as_bytes());
    bytes
}

fn hmac(key: &Salt, message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_have_their_written_lengths() {
        let campaign = CampaignId([1; 16]);
        let identifier = Identifier::parse("197001011995031001").unwrap();
        assert_eq!(groups_leaf(&[0; 32]).len(), 34);
        assert_eq!(roster_leaf(campaign, 0, 1, &identifier, &[0; 32]).len(), 38);
        let leaf = pledge_leaf(campaign, 2, 7, &[9; 32], b"credential", &[0; 32]);
        assert_eq!(leaf.len(), 58);
        assert_eq!(leaf[..10], [1, 1, 0, 0, 0, 2, 0, 0, 0, 7]);
        let facts = NoticeFacts { index: 3, kind: NoticeKind::Undone, at: UnixMillis(258), slot: 7, other: 2 };
        let leaf = notice_leaf(campaign, &facts, "{}", &[0; 32]);
        assert_eq!(leaf.len(), 51);
        assert_eq!(leaf[..19], [1, 4, 3, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 7, 0, 0, 0, 2]);
    }

    #[test]
    fn the_issuer_is_part_of_who_it_is() {
        let one = Identifier::number("16", "711").unwrap();
        let other = Identifier::number("167", "11").unwrap();
        assert_ne!(identifier_bytes(&one), identifier_bytes(&other));
    }
}
