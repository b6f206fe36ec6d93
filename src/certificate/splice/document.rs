//! Writes one sealed document of any pages, with two files attached. It follows the standards that certificates follow.

use super::beginning::{AttachedFile, LEVEL_SHARED, begun_with, deflated, push_compressed, push_resources};
use super::content::{PageContent, content};
use super::numbers::{ATTACHMENTS, CATALOG, METADATA};
use super::{fill, metadata, push_pages, push_seal, push_symbol};
use crate::certificate::emblem::Emblem;
use crate::certificate::fonts::Cut;
use crate::certificate::pades::Seal;
use crate::certificate::page::PrintedPage;
use crate::certificate::structure::Structure;
use crate::credential::symbol::Symbol;
use crate::domain::time::UnixMillis;
use data_encoding::HEXUPPER;
use sha2::{Digest, Sha256};

/// A laid-out document.
pub struct Document<'a> {
    /// Its pages, at least one. No mark is a certificate's own.
    pub pages: &'a [PrintedPage],
    /// What their marks belong to.
    pub structure: &'a Structure,
    /// The QR symbol that a page draws.
    pub symbol: &'a Symbol,
    /// The emblem that a page draws.
    pub emblem: Option<&'a Emblem>,
    /// The cut that has all its characters.
    pub cut: Cut,
    /// Its title, as readers show it.
    pub title: &'a str,
    /// Who issues it.
    pub author: &'a str,
    /// When it was made.
    pub at: UnixMillis,
    /// Sorted by name.
    pub attached: [EmbeddedFile<'a>; 2],
}

/// A file that the document carries.
pub struct EmbeddedFile<'a> {
    /// Its name, in ASCII.
    pub name: &'a str,
    /// What it is.
    pub description: &'a str,
    /// Its media type, as a PDF name is written.
    pub media_type: &'a str,
    /// Its bytes.
    pub content: &'a [u8],
}

/// The sealed file. The same document and seal give the same bytes.
pub fn sealed(document: &Document<'_>, seal: &Seal) -> Vec<u8> {
    let names = document.attached.each_ref();
    let names = names.map(|one| AttachedFile { name: one.name, description: one.description, relationship: "Data" });
    let mut file = begun_with(&names);
    for (number, one) in ATTACHMENTS.into_iter().zip(&document.attached) {
        push_compressed(&mut file, number, (one.media_type, document.at), one.content);
    }
    push_resources(&mut file, document.cut, document.emblem);
    let first_shared = file.next_number();
    let written = |page| content(page, document.structure, document.cut);
    let mut contents: Vec<PageContent> = document.pages.iter().map(written).collect();
    // The runs of the first page that are no certificate's own are expected to be written already.
    for run in contents.iter_mut().flat_map(|page| &mut page.runs) {
        run.is_own = true;
        (run.bytes, run.entries) = (deflated(&run.bytes, LEVEL_SHARED), "/Filter/FlateDecode");
    }
    push_pages(&mut file, document.structure, &contents, first_shared);
    push_symbol(&mut file, document.symbol);
    file.stream(
        METADATA,
        "/Type/Metadata/Subtype/XML",
        metadata::packet(document.title, document.author, document.at).as_bytes(),
    );
    let place = push_seal(&mut file, seal.reserved_bytes(), document.author, document.at);
    debug_assert!(file.is_complete(), "an object of the document is missing");
    let digest = document.attached.iter().fold(Sha256::new_with_prefix(b"ikrar/document"), |digest, one| {
        digest.chain_update(Sha256::digest(one.content))
    });
    file.finish(CATALOG, &HEXUPPER.encode(&digest.finalize()[..16]));
    fill(&mut file.bytes, (0, Sha256::new()), &place, seal);
    file.bytes
}
