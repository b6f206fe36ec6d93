//! Writes sealed certificates: to the beginning that all files of a template share, each pledge's rest is appended.
//!
//! Hand-written, because it is what makes thousands of certificates a second: `lopdf` builds every object of every file
//! in memory and sorts and writes all of them; here a file is its beginning, copied, and a few kilobytes written once.
//! What is laid out comes from `layout_2`, the fonts from `printpdf`; `tests` draw the same pages with `printpdf` and
//! compare.
//!
//! ```text
//! header, catalog, fonts, profile, canonical text    the beginning, the same for all
//! what of the page is the same for all               the same for all that are as long; the hash up to here is kept
//! pages, contents, structure, metadata, credential   the pledge's
//! signature dictionary                               /Contents is the only gap in what the signature covers
//! cross-reference table, trailer
//! ```
//! The files follow PDF/A-3a and PDF/UA-1.

mod beginning;
mod content;
pub mod document;
mod metadata;
mod numbers;
mod objects;
mod tree;

use super::fonts::Cut;
use super::inspection_copy::{COPY_MARK, inspection_copy};
use super::layout_2::Layout2;
use super::letterhead::PrintedLetterhead;
use super::pades::Seal;
use super::structure::Structure;
use super::{CertificateFault, CertificatePledge, CertificateTemplate};
use crate::credential::symbol::{PIXELS_PER_MODULE, Symbol};
use crate::domain::certificate_copy::PrintedIdentifier;
use crate::domain::text::PledgeText;
use crate::domain::time::UnixMillis;
use beginning::{Beginnings, Begun, deflated};
use content::{PageContent, content};
use data_encoding::{HEXLOWER, HEXUPPER};
use numbers::{ATTACHMENTS, CATALOG, FIRST_PAGE, METADATA, PAGES, RESOURCES, SEAL, SEAL_FIELD, SYMBOL};
use objects::{ObjectWriter, date, push_references, push_text_string, put};
use sha2::{Digest, Sha256};
use std::sync::{Arc, OnceLock};

pub use beginning::TEXT_NAME;

/// Bytes of a certificate behind its beginning and without the seal: more than any but the longest has.
const REST_EXPECTED: usize = 32 * 1024;

/// Level of compression for what is a pledge's own: it takes the least time.
const LEVEL_OWN: u8 = 1;

/// Makes the certificates of an edition.
pub struct SealedTemplate {
    layout: Layout2,
    canonical_text: String,
    edition: u32,
    made_at: UnixMillis,
    seal: Arc<Seal>,
    /// By cut; made when first needed.
    beginnings: [OnceLock<Beginnings>; 3],
}

impl SealedTemplate {
    /// The certificates of this edition, which was made at this time, with this text.
    ///
    /// # Errors
    /// If a part of the template is too long.
    pub fn new(
        template: &CertificateTemplate,
        text: &PledgeText,
        (edition, made_at): (u32, UnixMillis),
        seal: Arc<Seal>,
    ) -> Result<Self, CertificateFault> {
        Self::with_letterhead(template, None, text, (edition, made_at), seal)
    }

    /// As [`Self::new`], with a letterhead instead of the organizer's name alone.
    ///
    /// # Errors
    /// If a part of the template or a line of the letterhead is too long.
    pub fn with_letterhead(
        template: &CertificateTemplate,
        letterhead: Option<PrintedLetterhead>,
        text: &PledgeText,
        (edition, made_at): (u32, UnixMillis),
        seal: Arc<Seal>,
    ) -> Result<Self, CertificateFault> {
        let layout = Layout2::with_letterhead(template, letterhead, text)?;
        Ok(Self { layout, canonical_text: text.canonical(), edition, made_at, seal, beginnings: Default::default() })
    }

    /// The sealed certificate of a pledge. The same pledge gives the same bytes.
    ///
    /// # Errors
    /// If a part of the pledge is too long.
    pub fn certificate(&self, pledge: &CertificatePledge) -> Result<Vec<u8>, CertificateFault> {
        Ok(self.written(pledge)?.bytes)
    }

    /// The certificate and its SHA-256. What all files share isn't hashed again.
    ///
    /// # Errors
    /// If a part of the pledge is too long.
    pub fn hashed_certificate(&self, pledge: &CertificatePledge) -> Result<(Vec<u8>, [u8; 32]), CertificateFault> {
        let Written { bytes, hashed, mut digest } = self.written(pledge)?;
        digest.update(&bytes[hashed..]);
        Ok((bytes, digest.finalize().into()))
    }

    fn written(&self, pledge: &CertificatePledge) -> Result<Written, CertificateFault> {
        let laid_out = self.layout.lay_out(pledge)?;
        let written = |page| content(page, &laid_out.structure, laid_out.cut);
        let contents: Vec<PageContent> = laid_out.pages.iter().map(written).collect();
        let reserved = self.seal.reserved_bytes();
        let first_page = contents.first().map_or(&[][..], |first| &first.runs);
        let shared: Vec<&[u8]> = first_page.iter().filter(|run| !run.is_own).map(|run| run.bytes.as_slice()).collect();
        let beginnings = self.beginnings(laid_out.cut);
        let Begun { mut file, digest, first_shared } = beginnings.begin(&shared, REST_EXPECTED + 2 * reserved);
        let hashed = file.bytes.len();
        push_pages(&mut file, &laid_out.structure, &contents, first_shared);
        push_symbol(&mut file, &laid_out.symbol);
        let packet = metadata::packet(&laid_out.title, self.layout.organizer(), pledge.signed_at);
        file.stream(METADATA, "/Type/Metadata/Subtype/XML", packet.as_bytes());
        let entries = format!(
            "/Type/EmbeddedFile/Subtype/application#2Fcose/Params<</Size {}/ModDate({})>>",
            pledge.credential.len(),
            date(pledge.signed_at)
        );
        file.stream(ATTACHMENTS[0], &entries, &pledge.credential);
        let seal = push_seal(&mut file, reserved, self.layout.organizer(), pledge.signed_at);
        debug_assert!(file.is_complete(), "an object of the certificate is missing");
        file.finish(CATALOG, &self.id(pledge));
        fill(&mut file.bytes, (hashed, digest.clone()), &seal, &self.seal);
        Ok(Written { bytes: file.bytes, hashed, digest })
    }

    /// The pages as images that are marked as a copy.
    ///
    /// # Errors
    /// If a part of the pledge is too long.
    pub fn inspection_copy(&self, pledge: &CertificatePledge) -> Result<Vec<String>, CertificateFault> {
        Ok(inspection_copy(&self.layout.lay_out(pledge)?, self.layout.emblem(), COPY_MARK))
    }

    fn beginnings(&self, cut: Cut) -> &Beginnings {
        self.beginnings[cut as usize]
            .get_or_init(|| Beginnings::new(cut, &self.canonical_text, self.made_at, self.layout.emblem()))
    }

    /// The file's `/ID`, in hexadecimal.
    fn id(&self, pledge: &CertificatePledge) -> String {
        let mut digest = Sha256::new();
        digest.update(b"ikrar/certificate");
        digest.update(pledge.id.as_bytes());
        digest.update(self.edition.to_be_bytes());
        if let PrintedIdentifier::Whole(_) = pledge.identifier {
            digest.update(b"own");
        }
        HEXUPPER.encode(&digest.finalize()[..16])
    }
}

/// Fills the gap with the seal over everything else; the first `hashed` bytes are in `digest` already.
fn fill(bytes: &mut [u8], (hashed, mut digest): (usize, Sha256), place: &SealPlace, seal: &Seal) {
    let gap_end = place.gap + place.gap_bytes;
    let range = format!("{:010} {gap_end:010} {:010}", place.gap, bytes.len() - gap_end);
    bytes[place.range..place.range + range.len()].copy_from_slice(range.as_bytes());
    digest.update(&bytes[hashed..place.gap]);
    digest.update(&bytes[gap_end..]);
    let signature = seal.sign(&digest.finalize().into());
    HEXLOWER.encode_mut(&signature, &mut bytes[place.gap + 1..][..2 * signature.len()]);
}

/// A sealed file.
struct Written {
    bytes: Vec<u8>,
    /// How many of its first bytes `digest` has.
    hashed: usize,
    digest: Sha256,
}

/// Where in a file the seal is filled in.
struct SealPlace {
    /// Where the last three numbers of `/ByteRange` begin.
    range: usize,
    /// Where the hexadecimal string of `/Contents` begins, with its bracket.
    gap: usize,
    /// Its length, with both brackets.
    gap_bytes: usize,
}

/// The signature dictionary (ISO 32000-1, 12.8.1; ETSI EN 319 142-1, 5.3) with room for a signature.
fn push_seal(file: &mut ObjectWriter, reserved: usize, organizer: &str, at: UnixMillis) -> SealPlace {
    let (mut range, mut gap) = (0, 0);
    file.object(SEAL, |bytes| {
        put(bytes, format_args!("<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M({})/Name", date(at)));
        push_text_string(bytes, organizer);
        bytes.extend_from_slice(b"/ByteRange[0 ");
        range = bytes.len();
        bytes.extend_from_slice(b"0000000000 0000000000 0000000000]/Contents");
        gap = bytes.len();
        bytes.push(b'<');
        bytes.resize(bytes.len() + 2 * reserved, b'0');
        bytes.extend_from_slice(b">>>");
    });
    SealPlace { range, gap, gap_bytes: 2 * reserved + 2 }
}

/// The page tree, the pages, their contents and the structure. The first page's shared runs are written already,
/// numbered from `first_shared`.
fn push_pages(file: &mut ObjectWriter, structure: &Structure, contents: &[PageContent], first_shared: usize) {
    let further = file.next_number();
    let numbers: Vec<usize> =
        (0..contents.len()).map(|page| if page == 0 { FIRST_PAGE } else { further + page - 1 }).collect();
    file.object(PAGES, |bytes| {
        put(bytes, format_args!("<</Type/Pages/Count {}/Kids[", numbers.len()));
        push_references(bytes, numbers.iter().copied());
        bytes.extend_from_slice(b"]>>");
    });
    let (mut shared, mut own) = (first_shared.., further + contents.len() - 1..);
    for (page, (content, &at)) in contents.iter().zip(&numbers).enumerate() {
        let mut streams = Vec::with_capacity(content.runs.len());
        for run in &content.runs {
            let is_written = page == 0 && !run.is_own;
            let number = if is_written { shared.next() } else { own.next() }.unwrap_or_default();
            if !is_written {
                file.stream(number, run.entries, &run.bytes);
            }
            streams.push(number);
        }
        file.object(at, |bytes| {
            put(bytes, format_args!("<</Type/Page/Parent {PAGES} 0 R/MediaBox[0 0 595.276 841.89]/Tabs/S"));
            put(bytes, format_args!("/Resources {RESOURCES} 0 R/StructParents {}/Contents[", page + 1));
            push_references(bytes, streams.into_iter());
            bytes.push(b']');
            if page == 0 {
                put(bytes, format_args!("/Annots[{SEAL_FIELD} 0 R]"));
            }
            bytes.extend_from_slice(b">>");
        });
    }
    tree::write(file, structure, contents, &numbers);
}

/// The QR symbol as an image of one bit a pixel; 1 is dark. Readers that smooth an image when they enlarge it blur a
/// fraction of a module only.
fn push_symbol(file: &mut ObjectWriter, symbol: &Symbol) {
    let width = symbol.width() * PIXELS_PER_MODULE;
    let entries = format!(
        "/Type/XObject/Subtype/Image/Width {width}/Height {width}/ColorSpace/DeviceGray/BitsPerComponent 1/Decode[1 0]\
         /Filter/FlateDecode"
    );
    file.stream(SYMBOL, &entries, &deflated(&symbol.bitmap(), LEVEL_OWN));
}

#[cfg(test)]
mod tests;
