//! The object numbers that the beginning of a file and its rest agree on.

/// The catalog.
pub const CATALOG: usize = 1;
/// The page tree.
pub const PAGES: usize = 2;
/// The structure tree's root.
pub const STRUCTURE_ROOT: usize = 3;
/// The structure element of the whole document.
pub const DOCUMENT_ELEMENT: usize = 4;
/// From the pages back to the structure.
pub const PARENT_TREE: usize = 5;
/// The XMP metadata.
pub const METADATA: usize = 6;
/// The signature field, an invisible widget on the first page.
pub const SEAL_FIELD: usize = 7;
/// The signature dictionary.
pub const SEAL: usize = 8;
/// The structure element of the field.
pub const SEAL_ELEMENT: usize = 9;
/// The colour profile.
pub const PROFILE: usize = 10;
/// The file specifications of the two attachments: of a certificate, the credential and the canonical text.
pub const ATTACHMENT_FILES: [usize; 2] = [11, 13];
/// The attachments.
pub const ATTACHMENTS: [usize; 2] = [12, 14];
/// The resources of all pages.
pub const RESOURCES: usize = 15;
/// The QR symbol's image.
pub const SYMBOL: usize = 16;
/// The first page.
pub const FIRST_PAGE: usize = 17;
/// The first of the fonts' objects. The shared content of the first page follows them.
pub const FIRST_FONT: usize = 18;
