//! What protects the page around a credential: the organizer's seal over the whole file.

use super::report::Page;
use crate::certificate::pades::{Anchors, SignatureCheck, check};
use crate::certificate::read::seals::{FoundSeal, seals};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// What protects this file, and the revision of it that counts: the sealed one, else the whole file.
pub(super) fn protection<'a>(pdf: &'a [u8], anchors: &Anchors) -> (Page, &'a [u8]) {
    let mut page = Page::Unsealed;
    for seal in seals(pdf) {
        match checked(pdf, &seal, anchors) {
            SignatureCheck::Trusted if seal.end == pdf.len() => return (Page::Sealed, pdf),
            SignatureCheck::Trusted => return (Page::Extended, &pdf[..seal.end]),
            SignatureCheck::Broken => page = Page::Altered,
            // Whose seal it is, nobody knows here: it protects nothing.
            SignatureCheck::Unknown(_) | SignatureCheck::Foreign(_) => {}
        }
    }
    (page, pdf)
}

fn checked(pdf: &[u8], seal: &FoundSeal, anchors: &Anchors) -> SignatureCheck {
    let gap = &pdf[seal.gap.clone()];
    let Ok(cms) = HEXLOWER.decode(&gap[1..gap.len() - 1]) else { return SignatureCheck::Broken };
    let covered = Sha256::new_with_prefix(&pdf[..seal.gap.start]).chain_update(&pdf[seal.gap.end..seal.end]);
    check(&cms, &covered.finalize().into(), anchors)
}
