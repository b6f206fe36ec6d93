//! Checkpoints (C2SP `tlog-checkpoint`): the text of a log's signed tree head.
//!
//! ```text
//! ORIGIN           the log's name, a URL without its scheme
//! SIZE             the number of leaves, decimal
//! ROOT             base64 of the RFC 6962 root hash at that size
//! ```
//! It is signed as a note ([`super::note`]) whose key has the origin as its name.

use super::merkle::{Frontier, Hash};
use super::note::base64_once;
use data_encoding::BASE64;

/// A log's state at one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// A valid note key name, e.g. `ikrar.example.go.id/log/sumsel/pledges`.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root hash of a tree of that size (RFC 6962, section 2.1).
    pub root: Hash,
}

impl Checkpoint {
    /// The state that a frontier has reached.
    pub fn of(origin: &str, frontier: &Frontier) -> Self {
        Self { origin: origin.into(), size: frontier.size(), root: frontier.root() }
    }

    /// The note text: three lines, each ending in a newline.
    pub fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(&self.root))
    }

    /// Reads a note text. Extension lines are allowed and ignored; `None` for anything else that isn't a checkpoint.
    pub fn parse(body: &str) -> Option<Self> {
        let mut lines = body.strip_suffix('\n')?.split('\n');
        let (origin, written_size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let size: u64 = written_size.parse().ok()?;
        let canonical = size.to_string() == written_size;
        let root = base64_once(root)?.try_into().ok()?;
        (!origin.is_empty() && canonical && lines.all(|extension| !extension.is_empty())).then(|| Self {
            origin: origin.into(),
            size,
            root,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::merkle::leaf_hash;
    use crate::tlog::note::{Note, VerifierKey, sign};
    use ed25519_dalek::{Signer, SigningKey};
    use proptest::prelude::*;

    /// The example of the specification.
    const EXAMPLE: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_example_of_the_specification_reads_and_writes_back() {
        let checkpoint = Checkpoint::parse(EXAMPLE).unwrap();
        assert_eq!(checkpoint.origin, "example.com/behind-the-sofa");
        assert_eq!(checkpoint.size, 20_852_163);
        assert_eq!(checkpoint.body(), EXAMPLE);
    }

    #[test]
    fn extension_lines_are_passed_over_and_other_shapes_refused() {
        assert!(Checkpoint::parse(&format!("{EXAMPLE}more\n")).is_some());
        let bad = [
            String::new(),
            "\n0\n\n".into(),
            EXAMPLE.trim_end().into(),
            format!("{EXAMPLE}\n"),
            EXAMPLE.replace("20852163", "020852163"),
            EXAMPLE.replace("20852163", "+20852163"),
            EXAMPLE.replace("20852163", "-1"),
            EXAMPLE.replace("20852163", "99999999999999999999"),
            EXAMPLE.replace("CsUY", "Cs"),
            EXAMPLE.replace("I=\n", "J=\n"),
            // Two base64 texts in a row, which decode to 32 bytes too.
            EXAMPLE.replace(
                "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
                "AAA=CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jx",
            ),
        ];
        for body in bad {
            assert_eq!(Checkpoint::parse(&body), None, "{body:?}");
        }
    }

    #[test]
    fn a_signed_checkpoint_is_read_by_another_implementation() {
        let mut frontier = Frontier::new();
        (0u8..5).for_each(|leaf| frontier.append(leaf_hash(&[leaf])));
        let checkpoint = Checkpoint::of("ikrar.example.go.id/log/sumsel/pledges", &frontier);
        let key = SigningKey::from_bytes(&[7; 32]);
        let public_key = key.verifying_key().to_bytes();
        let note = sign(&checkpoint.body(), &checkpoint.origin, &public_key, |text| key.sign(text).to_bytes());

        let read = Note::parse(&note).unwrap();
        assert!(read.verify(&[VerifierKey::new(&checkpoint.origin, public_key).unwrap()]).is_ok());
        assert_eq!(Checkpoint::parse(&read.text), Some(checkpoint.clone()));
        let theirs = tlog_tiles::Checkpoint::from_bytes(read.text.as_bytes()).unwrap();
        assert_eq!((theirs.origin(), theirs.size()), (checkpoint.origin.as_str(), 5));
        assert_eq!(theirs.hash().0, checkpoint.root);
    }

    proptest! {
        #[test]
        fn a_body_reads_back(origin in "[a-z0-9./-]{1,40}", size: u64, root: [u8; 32]) {
            let checkpoint = Checkpoint { origin, size, root };
            prop_assert_eq!(Checkpoint::parse(&checkpoint.body()), Some(checkpoint));
        }
    }
}
