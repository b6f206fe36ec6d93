//! Signed notes (C2SP `signed-note` v1.0.0), with Ed25519 signatures (type `0x01`).
//!
//! ```text
//! text, one or more lines, each ending in a newline
//!                                                        an empty line
//! — NAME BASE64(key id, 4 bytes ‖ signature)             one or more of these; the dash is U+2014
//! ```
//! The signature covers the text with its last newline. A key id is the first four bytes of
//! SHA-256 over `name ‖ 0x0A ‖ 0x01 ‖ public key`.

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256};
use std::fmt;

/// A longer note is refused unread.
pub const NOTE_BYTES_MAX: usize = 64 * 1024;
/// A note with more signature lines is refused; the specification demands room for 16 at least.
pub const NOTE_SIGNATURES_MAX: usize = 100;

const ED25519: u8 = 0x01;
const SIGNATURE_LINE: &str = "\u{2014} ";

/// The first four bytes of a hash over name and key. Together with the name it identifies the key that signed.
pub type KeyId = [u8; 4];

/// A note as read: nothing in it is trusted before [`Note::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What was signed, with its last newline.
    pub text: String,
    /// In the order of their lines; at least one.
    pub signatures: Vec<Signature>,
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The key's name; see [`valid_key_name`].
    pub name: String,
    /// Says which key of that name signed; not authenticated by itself.
    pub key_id: KeyId,
    /// What follows the key id; 64 bytes when it is Ed25519.
    pub bytes: Vec<u8>,
}

/// Why a note is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteFault {
    /// The text breaks the format or a limit.
    #[error("not a signed note")]
    Malformed,
    /// No signature line is by a known key.
    #[error("none of the known keys signed the note")]
    NotSigned,
    /// A line names a known key, and its signature is wrong.
    #[error("a signature that names a known key doesn't hold")]
    Forged,
}

/// Signs a text and returns the whole note. `sign` is the Ed25519 signature (RFC 8032) under the key of `public_key`.
///
/// The text ends in a newline and has no other control character; the name is a [`valid_key_name`].
pub fn sign(text: &str, name: &str, public_key: &[u8; 32], sign: impl FnOnce(&[u8]) -> [u8; 64]) -> String {
    debug_assert!(valid_text(text) && valid_key_name(name), "a text and a name that read back");
    let mut signature = key_id(name, public_key).to_vec();
    signature.extend_from_slice(&sign(text.as_bytes()));
    format!("{text}\n{SIGNATURE_LINE}{name} {}\n", BASE64.encode(&signature))
}

/// Whether a text may be a key's name: not empty, no space of any kind, no control character, no `+`.
pub fn valid_key_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// The key id of an Ed25519 key under a name.
pub fn key_id(name: &str, public_key: &[u8; 32]) -> KeyId {
    let hash = Sha256::new().chain_update(name).chain_update([b'\n', ED25519]).chain_update(public_key).finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

impl Note {
    /// Reads a note; refuses what the specification forbids, and more than [`NOTE_BYTES_MAX`] bytes or
    /// [`NOTE_SIGNATURES_MAX`] signatures.
    pub fn parse(note: &str) -> Result<Self, NoteFault> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(NoteFault::Malformed);
        }
        // The text may hold empty lines: the last one separates it from the signatures.
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteFault::Malformed)?;
        let text = format!("{text}\n");
        let lines = lines.strip_suffix('\n').ok_or(NoteFault::Malformed)?;
        if !valid_text(&text) || lines.split('\n').count() > NOTE_SIGNATURES_MAX {
            return Err(NoteFault::Malformed);
        }
        let signatures = lines.split('\n').map(Signature::parse).collect::<Option<_>>().ok_or(NoteFault::Malformed)?;
        Ok(Self { text, signatures })
    }

    /// The known keys whose signatures hold. Lines by other keys are ignored, as the specification demands.
    ///
    /// `Forged` if a line that names a known key has a wrong signature; `NotSigned` if no known key signed.
    pub fn verify<'a>(&self, known: &'a [VerifierKey]) -> Result<Vec<&'a VerifierKey>, NoteFault> {
        let mut held: Vec<&VerifierKey> = Vec::new();
        for signature in &self.signatures {
            let Some(key) = known.iter().find(|key| key.name == signature.name && key.id() == signature.key_id) else {
                continue;
            };
            if !key.verifies(self.text.as_bytes(), &signature.bytes) {
                return Err(NoteFault::Forged);
            }
            if !held.contains(&key) {
                held.push(key);
            }
        }
        if held.is_empty() { Err(NoteFault::NotSigned) } else { Ok(held) }
    }
}

impl Signature {
    fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix(SIGNATURE_LINE)?.split_once(' ')?;
        let decoded = base64_once(encoded)?;
        let (key_id, bytes) = decoded.split_first_chunk::<4>()?;
        (valid_key_name(name) && !bytes.is_empty()).then(|| Self {
            name: name.into(),
            key_id: *key_id,
            bytes: bytes.to_vec(),
        })
    }
}

/// A public key under a name, as a verifier configures it.
///
/// Written `NAME+KEYID+KEY`: the key id as 8 hexadecimal digits, the key as base64 of `0x01 ‖ public key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    public_key: [u8; 32],
}

impl VerifierKey {
    /// `None` when the name isn't a [`valid_key_name`].
    pub fn new(name: &str, public_key: [u8; 32]) -> Option<Self> {
        valid_key_name(name).then(|| Self { name: name.into(), public_key })
    }

    /// Reads the written form. `None` when a part is missing, the id isn't that of the key, or it isn't Ed25519.
    pub fn parse(vkey: &str) -> Option<Self> {
        let (name, rest) = vkey.split_once('+')?;
        let (id, encoded) = rest.split_once('+')?;
        let decoded = base64_once(encoded)?;
        let key = match decoded.split_first()? {
            (&ED25519, public_key) => Self::new(name, public_key.try_into().ok()?)?,
            _ => return None,
        };
        (HEXLOWER.encode(&key.id()) == id).then_some(key)
    }

    /// The name it signs under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key id that its signature lines begin with.
    pub fn id(&self) -> KeyId {
        key_id(&self.name, &self.public_key)
    }

    fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else { return false };
        VerifyingKey::from_bytes(&self.public_key).is_ok_and(|key| key.verify_strict(text, &signature).is_ok())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut typed_key = vec![ED25519];
        typed_key.extend_from_slice(&self.public_key);
        write!(f, "{}+{}+{}", self.name, HEXLOWER.encode(&self.id()), BASE64.encode(&typed_key))
    }
}

/// Padded base64 (RFC 4648, section 4) as [`BASE64`] writes it. The decoder alone also accepts several padded texts in
/// a row, so that the same bytes would have many encodings.
pub(super) fn base64_once(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.as_bytes()).ok().filter(|bytes| BASE64.encode(bytes) == text)
}

fn valid_text(text: &str) -> bool {
    text.ends_with('\n') && !text.bytes().any(|b| b < b' ' && b != b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};
    use proptest::prelude::*;

    /// The key and note that Go's `sumdb/note` documents.
    const GO_VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn signing_key(seed: u8) -> (SigningKey, [u8; 32]) {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let public_key = key.verifying_key().to_bytes();
        (key, public_key)
    }

    fn signed(text: &str, name: &str, seed: u8) -> (String, VerifierKey) {
        let (key, public_key) = signing_key(seed);
        let note = sign(text, name, &public_key, |message| key.sign(message).to_bytes());
        (note, VerifierKey::new(name, public_key).unwrap())
    }

    #[test]
    fn a_note_of_another_implementation_verifies() {
        let key = VerifierKey::parse(GO_VKEY).unwrap();
        assert_eq!(key.to_string(), GO_VKEY);
        let note = Note::parse(GO_NOTE).unwrap();
        assert_eq!(note.verify(std::slice::from_ref(&key)), Ok(vec![&key]));
    }

    #[test]
    fn a_changed_text_is_forged_and_a_stranger_s_note_not_signed() {
        let (note, key) = signed("one\n", "example.com/log", 1);
        let (_, stranger) = signed("one\n", "example.com/log", 2);
        let changed = Note::parse(&note.replace("one", "two")).unwrap();
        assert_eq!(changed.verify(std::slice::from_ref(&key)), Err(NoteFault::Forged));
        assert_eq!(Note::parse(&note).unwrap().verify(&[stranger]), Err(NoteFault::NotSigned));
        assert_eq!(Note::parse(&note).unwrap().verify(&[]), Err(NoteFault::NotSigned));
    }

    #[test]
    fn cosignatures_of_unknown_keys_are_passed_over() {
        let (note, key) = signed("one\n", "example.com/log", 1);
        let (other, _) = signed("one\n", "witness.example", 2);
        let line = other.lines().last().unwrap();
        let both = Note::parse(&format!("{note}{line}\n")).unwrap();
        assert_eq!(both.signatures.len(), 2);
        assert_eq!(both.verify(std::slice::from_ref(&key)), Ok(vec![&key]));
    }

    #[test]
    fn an_empty_line_belongs_to_the_text_when_another_follows() {
        let (note, key) = signed("one\n\ntwo\n", "a", 1);
        let read = Note::parse(&note).unwrap();
        assert_eq!(read.text, "one\n\ntwo\n");
        assert!(read.verify(&[key]).is_ok());
    }

    #[test]
    fn what_the_specification_forbids_is_refused() {
        let (good, _) = signed("one\n", "a", 1);
        assert!(Note::parse(&good).is_ok());
        let bad = [
            String::new(),
            "one\n".into(),
            "one\n\n".into(),
            good.trim_end().into(),
            good.replace("one", "o\tne"),
            good.replace('\u{2014}', "-"),
            good.replace(" a ", " a+b "),
            good.replace(" a ", "  "),
            "one\n\n— a AAAAAA==\n".into(),
            "one\n\n— a !!!!\n".into(),
            "one\n\n— a AAAAAAA=AAAA\n".into(),
            format!("{}\n\n{}", "x".repeat(NOTE_BYTES_MAX), good),
            format!("one\n\n{}", "— a AAAAAAA=\n".repeat(NOTE_SIGNATURES_MAX + 1)),
        ];
        for note in bad {
            let shown: String = note.chars().take(60).collect();
            assert_eq!(Note::parse(&note), Err(NoteFault::Malformed), "{shown:?}");
        }
    }

    #[test]
    fn a_verifier_key_that_contradicts_itself_is_refused() {
        for bad in
            ["", "a", "a+00000000", "+c74f20a3+ARpc", &GO_VKEY.replace("c74f", "c74e"), &GO_VKEY.replace("+AR", "+AB")]
        {
            assert_eq!(VerifierKey::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_signed_reads_back_and_verifies(text in "[^\\x00-\\x1f]{0,40}(\n[^\\x00-\\x1f]{1,40}){0,4}\n", seed: u8) {
            prop_assume!(!text.starts_with('\n'));
            let (note, key) = signed(&text, "example.com/log", seed);
            let read = Note::parse(&note).unwrap();
            prop_assert_eq!(&read.text, &text);
            prop_assert!(read.verify(&[key]).is_ok());
        }

        #[test]
        fn a_changed_note_is_never_signed(text in "[a-z\n]{1,60}[a-z]\n", at: proptest::sample::Index, to in 0x20u8..0x7F) {
            let (note, key) = signed(&text, "example.com/log", 1);
            let mut changed = note.clone().into_bytes();
            let at = at.index(changed.len());
            changed[at] = to;
            prop_assume!(changed != note.as_bytes());
            let read = std::str::from_utf8(&changed).ok().and_then(|changed| Note::parse(changed).ok());
            prop_assert!(read.is_none_or(|read| read.verify(&[key]).is_err()));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = Note::parse(&text);
            let _ = VerifierKey::parse(&text);
        }
    }
}
