//! Reports of people without a code: their contents, sealed under a key of their own, and what is derived from them.
//!
//! All three keys come from the key-encryption key, which is never replaced, under labels that keep the uses apart.

use super::{Keyring, WrongKeyring};
use crate::domain::identifier::Identifier;
use crate::domain::ids::CampaignId;
use crate::domain::leaf::identifier_bytes;
use crate::domain::misuse_report::{ClaimMark, ReportId};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

const SEALING_LABEL: &str = "ikrar/report/v1";
const MARK_LABEL: &str = "ikrar/report-mark/v1";
const ID_LABEL: &str = "ikrar/report-id/v1";

impl Keyring {
    /// Seals the contents of a report: 24-byte nonce, then ciphertext and tag, bound to the campaign and the report.
    pub fn seal_report(&self, campaign: CampaignId, report: &ReportId, contents: &[u8], nonce: [u8; 24]) -> Vec<u8> {
        let aad = [campaign.as_bytes(), report].concat();
        let sealed = self
            .report_cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: contents, aad: &aad })
            .expect("a report's contents are within the cipher's limit");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what [`Self::seal_report`] sealed for the same report; [`WrongKeyring`] when another keyring sealed it, or
    /// it was sealed for another report.
    pub fn open_report(
        &self,
        campaign: CampaignId,
        report: &ReportId,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, WrongKeyring> {
        let (nonce, sealed) = sealed.split_first_chunk::<24>().ok_or(WrongKeyring)?;
        let aad = [campaign.as_bytes(), report].concat();
        let payload = Payload { msg: sealed, aad: &aad };
        self.report_cipher().decrypt(&XNonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| WrongKeyring)
    }

    /// What is kept of the number that a report claims, so that the open reports of one number can be counted.
    pub fn claim_mark(&self, campaign: CampaignId, claimed: &Identifier) -> ClaimMark {
        self.report_mac(MARK_LABEL, &[campaign.as_bytes(), &identifier_bytes(claimed)])
    }

    /// The id of the report that these parts make: the same form that is sent twice, because an answer was lost, is one
    /// report. Each part counts with its length.
    pub fn report_id(&self, campaign: CampaignId, parts: &[&str]) -> ReportId {
        let lengths: Vec<[u8; 8]> = parts.iter().map(|part| (part.len() as u64).to_be_bytes()).collect();
        let mut all: Vec<&[u8]> = vec![campaign.as_bytes()];
        all.extend(parts.iter().zip(&lengths).flat_map(|(part, length)| [length.as_slice(), part.as_bytes()]));
        self.report_mac(ID_LABEL, &all)
    }

    fn report_mac(&self, label: &str, parts: &[&[u8]]) -> [u8; 16] {
        let key = self.derived(label);
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice()).expect("HMAC takes a key of any length");
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes()[..16].try_into().expect("16 of 32 bytes")
    }

    fn report_cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.derived(SEALING_LABEL).as_slice().try_into().expect("the key has 32 bytes"))
    }

    fn derived(&self, label: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, self.kek())
            .expand(label.as_bytes(), key.as_mut_slice())
            .expect("32 bytes are within HKDF's limit");
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: CampaignId = CampaignId([1; 16]);
    const OTHER: CampaignId = CampaignId([2; 16]);

    #[test]
    fn a_report_opens_only_as_itself_and_with_its_keyring() {
        let keyring = Keyring::generate(&[3; 128]);
        let sealed = keyring.seal_report(ONE, &[7; 16], b"0812", [5; 24]);
        assert_eq!(keyring.open_report(ONE, &[7; 16], &sealed).unwrap().as_slice(), b"0812");
        assert!(keyring.open_report(OTHER, &[7; 16], &sealed).is_err());
        assert!(keyring.open_report(ONE, &[8; 16], &sealed).is_err());
        assert!(keyring.open_report(ONE, &[7; 16], &sealed[..30]).is_err());
        assert!(Keyring::generate(&[4; 128]).open_report(ONE, &[7; 16], &sealed).is_err());
        // Under the key-encryption key itself it is no campaign's secret either.
        assert!(keyring.open_secret(&[1; 16], &sealed).is_err());
    }

    #[test]
    fn a_claim_s_mark_is_one_campaign_s_and_isn_t_the_participant_id() {
        let keyring = Keyring::generate(&[3; 128]);
        let person = Identifier::parse("197001011995031001").unwrap();
        let other = Identifier::parse("197001011995031002").unwrap();
        let mark = keyring.claim_mark(ONE, &person);
        assert_eq!(mark, keyring.claim_mark(ONE, &person));
        assert!(mark != keyring.claim_mark(OTHER, &person) && mark != keyring.claim_mark(ONE, &other));
        let secret = keyring.open_secret(&ONE.0, &keyring.seal_secret(&ONE.0, &[5; 32], [0; 24])).unwrap();
        assert_ne!(mark, secret.participant_id(&person).0);
    }

    #[test]
    fn parts_that_differ_only_in_where_they_are_divided_are_two_reports() {
        let keyring = Keyring::generate(&[3; 128]);
        let id = keyring.report_id(ONE, &["ab", "c"]);
        assert_eq!(id, keyring.report_id(ONE, &["ab", "c"]));
        assert!(id != keyring.report_id(ONE, &["a", "bc"]) && id != keyring.report_id(OTHER, &["ab", "c"]));
    }
}
