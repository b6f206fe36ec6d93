//! From drawn pages to a PDF 1.7 file, with or without an attachment.

use super::draw::{Canvas, PAGE_HEIGHT, PAGE_WIDTH};
use super::fonts::{Cut, Fonts};
use crate::domain::time::UnixMillis;
use flate2::{Compression, write::ZlibEncoder};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, StringFormat, dictionary};
use std::io::Write;

/// The name under which the credential is attached.
pub const ATTACHMENT_NAME: &str = "ikrar.cose";

/// Document information of a file.
pub struct DocumentInfo {
    /// `/Title` of the document information.
    pub title: String,
    /// `/Author` of the document information.
    pub author: String,
    /// Creation and modification date; `None` leaves both out.
    pub at: Option<UnixMillis>,
    /// The file's `/ID`.
    pub id: [u8; 16],
}

/// A file attached to the document (ISO 32000-1, 7.11.4).
pub struct Attachment<'a> {
    /// The content, attached unchanged.
    pub bytes: &'a [u8],
    /// MIME type, as the embedded file's `Subtype`.
    pub media_type: &'static str,
    /// What PDF readers show beside the attachment.
    pub description: &'static str,
}

/// A PDF file under construction. Each page is compressed as it is added, so that a long file takes little memory.
pub struct PdfFile {
    document: Document,
    pages: ObjectId,
    kids: Vec<Object>,
    /// Whether a page needs the extended cuts of the fonts.
    needs_extended: bool,
}

impl PdfFile {
    /// A file without pages that already holds the font objects.
    pub fn new() -> Self {
        let mut document = Fonts::get().cut(Cut::Plain).objects.clone();
        document.version = "1.7".into();
        let pages = document.new_object_id();
        Self { document, pages, kids: Vec::new(), needs_extended: false }
    }

    /// Appends a page with this content.
    pub fn page(&mut self, canvas: Canvas) {
        self.needs_extended |= canvas.needs_extended;
        let contents = self.document.add_object(deflated(Dictionary::new(), &canvas.into_content()));
        let page = self.document.add_object(dictionary! {
            "Type" => "Page",
            "Parent" => self.pages,
            "MediaBox" => vec![0.into(), 0.into(), PAGE_WIDTH.into(), PAGE_HEIGHT.into()],
            "Resources" => dictionary! { "Font" => Fonts::get().cut(Cut::Plain).resources },
            "Contents" => contents,
        });
        self.kids.push(page.into());
    }

    /// The bytes of the whole file. The same pages, document information and attachment give the same bytes.
    pub fn finish(mut self, document_info: &DocumentInfo, attachment: Option<&Attachment<'_>>) -> Vec<u8> {
        if self.needs_extended {
            let extended = Fonts::get().cut(Cut::Extended).objects.objects.iter();
            self.document.objects.extend(extended.map(|(id, object)| (*id, object.clone())));
        }
        let count = i64::try_from(self.kids.len()).expect("pages fit in memory, so their number fits");
        let kids = std::mem::take(&mut self.kids);
        self.document.set_object(self.pages, dictionary! { "Type" => "Pages", "Count" => count, "Kids" => kids });
        let mut catalog = dictionary! {
            "Type" => "Catalog",
            "Pages" => self.pages,
            "Lang" => Object::string_literal("id-ID"),
            "ViewerPreferences" => dictionary! { "DisplayDocTitle" => true },
        };
        if let Some(attachment) = attachment {
            let specification = self.attach(attachment, document_info.at);
            let name = Object::string_literal(ATTACHMENT_NAME);
            let names = vec![name, specification.into()];
            catalog.set("Names", dictionary! { "EmbeddedFiles" => dictionary! { "Names" => names } });
            catalog.set("AF", vec![specification.into()]);
        }
        let catalog = self.document.add_object(catalog);
        let info = self.document.add_object(info(document_info));
        let id = Object::String(document_info.id.to_vec(), StringFormat::Hexadecimal);
        self.document.trailer = dictionary! { "Root" => catalog, "Info" => info, "ID" => vec![id.clone(), id] };
        let mut bytes = Vec::new();
        self.document.save_to(&mut bytes).expect("writing to memory never fails");
        bytes
    }

    fn attach(&mut self, attachment: &Attachment<'_>, at: Option<UnixMillis>) -> ObjectId {
        let size = i64::try_from(attachment.bytes.len()).expect("an attachment fits in memory");
        let mut params = dictionary! { "Size" => size };
        if let Some(at) = at {
            params.set("ModDate", date(at));
        }
        let stream = Stream::new(
            dictionary! { "Type" => "EmbeddedFile", "Subtype" => attachment.media_type, "Params" => params },
            attachment.bytes.to_vec(),
        );
        let stream = self.document.add_object(stream);
        self.document.add_object(dictionary! {
            "Type" => "Filespec",
            "F" => Object::string_literal(ATTACHMENT_NAME),
            "UF" => Object::string_literal(ATTACHMENT_NAME),
            "Desc" => Object::string_literal(attachment.description),
            "AFRelationship" => "Data",
            "EF" => dictionary! { "F" => stream, "UF" => stream },
        })
    }
}

impl Default for PdfFile {
    fn default() -> Self {
        Self::new()
    }
}

fn info(document_info: &DocumentInfo) -> Dictionary {
    let mut info = dictionary! {
        "Title" => text_string(&document_info.title),
        "Author" => text_string(&document_info.author),
        "Creator" => text_string("Ikrar"),
    };
    if let Some(at) = document_info.at {
        info.set("CreationDate", date(at));
        info.set("ModDate", date(at));
    }
    info
}

/// `D:YYYYMMDDHHMMSSZ` (ISO 32000-1, 7.9.4).
fn date(at: UnixMillis) -> Object {
    Object::string_literal(at.timestamp().strftime("D:%Y%m%d%H%M%SZ").to_string())
}

/// ASCII as it is, anything else as UTF-16 with a byte order mark (ISO 32000-1, 7.9.2.2).
fn text_string(text: &str) -> Object {
    if text.is_ascii() {
        return Object::string_literal(text);
    }
    let bytes = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    Object::String(bytes, StringFormat::Hexadecimal)
}

fn deflated(mut dictionary: Dictionary, content: &[u8]) -> Stream {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(DEFLATE_LEVEL));
    encoder.write_all(content).expect("writing to memory never fails");
    let content = encoder.finish().expect("writing to memory never fails");
    dictionary.set("Filter", "FlateDecode");
    Stream::new(dictionary, content)
}

/// Zlib level, from 0 to 9. Level 4 takes a third of the default's time for a tenth more bytes.
const DEFLATE_LEVEL: u32 = 4;
