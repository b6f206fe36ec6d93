//! A campaign's secret, and what is derived from it under HKDF labels that keep the uses apart.

use crate::domain::access_code::AccessCode;
use crate::domain::identifier::Identifier;
use crate::domain::ids::ParticipantId;
use crate::domain::leaf::identifier_bytes;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Derives participant ids and access codes. Cloning the prepared MAC state is cheaper than keying a new one.
#[derive(Clone)]
pub struct CampaignSecret {
    people: Hmac<Sha256>,
    codes: Hmac<Sha256>,
}

impl CampaignSecret {
    pub(super) fn new(secret: [u8; 32]) -> Self {
        let secret = Zeroizing::new(secret);
        let derive = |label: &str| {
            let mut key = Zeroizing::new([0u8; 32]);
            Hkdf::<Sha256>::new(None, secret.as_slice())
                .expand(label.as_bytes(), key.as_mut_slice())
                .expect("32 bytes are within HKDF's limit");
            Hmac::new_from_slice(key.as_slice()).expect("HMAC takes a key of any length")
        };
        Self { people: derive("ikrar/participant/v1"), codes: derive("ikrar/access-code/v1") }
    }

    /// The id of a person: the same throughout this campaign, and different in every other.
    pub fn participant_id(&self, identifier: &Identifier) -> ParticipantId {
        self.admission_id(identifier, 1)
    }

    /// The id of a person's admission: the first is [`Self::participant_id`]; a later one has its number, one byte,
    /// after the identifier.
    pub fn admission_id(&self, identifier: &Identifier, admission: u8) -> ParticipantId {
        let mut mac = self.people.clone();
        mac.update(&identifier_bytes(identifier));
        if admission > 1 {
            mac.update(&[admission]);
        }
        let full: [u8; 32] = mac.finalize().into_bytes().into();
        ParticipantId(full[..16].try_into().expect("16 of 32 bytes"))
    }

    /// The access code of a person at a code version, which is 1 and rises by one with each reissue.
    pub fn access_code(&self, participant: ParticipantId, version: u32) -> AccessCode {
        let mut mac = self.codes.clone();
        mac.update(participant.as_bytes());
        mac.update(&version.to_be_bytes());
        AccessCode::from_mac(&mac.finalize().into_bytes().into())
    }
}

impl std::fmt::Debug for CampaignSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CampaignSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reissue_changes_the_code_and_another_campaign_the_person() {
        let (one, other) = (CampaignSecret::new([1; 32]), CampaignSecret::new([2; 32]));
        let identifier = Identifier::parse("197001011995031001").unwrap();
        let person = one.participant_id(&identifier);
        assert_eq!(person, one.participant_id(&identifier));
        assert_ne!(person, other.participant_id(&identifier));
        assert_eq!(person, one.admission_id(&identifier, 1));
        assert_ne!(one.admission_id(&identifier, 2), one.admission_id(&identifier, 3));
        assert_ne!(person, one.admission_id(&identifier, 2));
        assert_ne!(one.access_code(person, 1).as_bytes(), one.access_code(person, 2).as_bytes());
    }
}
