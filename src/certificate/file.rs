//! From drawn pages to a PDF 1.7 file, with or without an attachment.
//!
//! Hand-written, since a file has few kinds of objects. `lopdf`, which the tests read files with, takes long to
//! compile, builds a tree of each object first and would copy the font objects into it.

use super::draw::{Canvas, PAGE_HEIGHT, PAGE_WIDTH};
use super::fonts::Fonts;
use super::pdf_strings::{date, hexadecimal, literal, name, text_string};
use crate::domain::time::UnixMillis;
use flate2::{Compression, write::ZlibEncoder};
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
#[derive(Default)]
pub struct PdfFile {
    /// The file's own objects, as they are written. They are numbered after the font objects and the page tree.
    body: Vec<u8>,
    /// Where each of them begins within `body`.
    starts: Vec<usize>,
    /// The numbers of the pages.
    pages: Vec<usize>,
    /// Whether a page needs the extended cuts of the fonts.
    needs_extended: bool,
}

impl PdfFile {
    /// A file without pages.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a page with this content.
    pub fn page(&mut self, canvas: Canvas) {
        self.needs_extended |= canvas.needs_extended;
        let contents = self.add_stream("/Filter/FlateDecode", &deflated(&canvas.into_content()));
        let (tree, fonts) = (page_tree(), Fonts::get().objects.resources);
        let page = self.add(&format!(
            "/Type/Page/Parent {tree} 0 R/MediaBox[0 0 {PAGE_WIDTH} {PAGE_HEIGHT}]/Resources<</Font {fonts} 0 R>>\
             /Contents {contents} 0 R"
        ));
        self.pages.push(page);
    }

    /// The bytes of the whole file. The same pages, document information and attachment give the same bytes.
    pub fn finish(mut self, document_info: &DocumentInfo, attachment: Option<&Attachment<'_>>) -> Vec<u8> {
        let mut catalog =
            format!("/Type/Catalog/Pages {} 0 R/Lang(id-ID)/ViewerPreferences<</DisplayDocTitle true>>", page_tree());
        if let Some(attachment) = attachment {
            let specification = self.attach(attachment, document_info.at);
            let name = literal(ATTACHMENT_NAME);
            catalog +=
                &format!("/Names<</EmbeddedFiles<</Names[{name} {specification} 0 R]>>>>/AF[{specification} 0 R]");
        }
        let catalog = self.add(&catalog);
        let info = self.add(&info(document_info));
        let id = hexadecimal(&document_info.id);
        self.written(&format!("/Root {catalog} 0 R/Info {info} 0 R/ID[{id}{id}]"))
    }

    fn attach(&mut self, attachment: &Attachment<'_>, at: Option<UnixMillis>) -> usize {
        let kind = name(attachment.media_type);
        let mut params = format!("/Size {}", attachment.bytes.len());
        if let Some(at) = at {
            params += &format!("/ModDate{}", date(at));
        }
        let entries = format!("/Type/EmbeddedFile/Subtype{kind}/Params<<{params}>>");
        let file = self.add_stream(&entries, attachment.bytes);
        let (name, description) = (literal(ATTACHMENT_NAME), literal(attachment.description));
        self.add(&format!(
            "/Type/Filespec/F{name}/UF{name}/Desc{description}/AFRelationship/Data/EF<</F {file} 0 R/UF {file} 0 R>>"
        ))
    }

    /// Appends a dictionary with these entries. The object's number.
    fn add(&mut self, entries: &str) -> usize {
        let number = self.begin();
        self.body.extend_from_slice(dictionary(number, entries).as_bytes());
        number
    }

    /// Appends a stream whose dictionary has these entries besides its length. The object's number.
    fn add_stream(&mut self, entries: &str, content: &[u8]) -> usize {
        let number = self.begin();
        let head = format!("{number} 0 obj\n<<{entries}/Length {}>>stream\n", content.len());
        self.body.extend_from_slice(head.as_bytes());
        self.body.extend_from_slice(content);
        self.body.extend_from_slice(b"\nendstream \nendobj\n");
        number
    }

    fn begin(&mut self) -> usize {
        self.starts.push(self.body.len());
        page_tree() + self.starts.len()
    }

    /// The file around its objects (ISO 32000-1, 7.5), with these entries of the trailer besides the size.
    fn written(&self, trailer: &str) -> Vec<u8> {
        let fonts = Fonts::get().objects.written(self.needs_extended);
        let (mut file, mut starts) = (Vec::from(HEAD), Vec::new());
        for object in fonts {
            starts.push(file.len());
            file.extend_from_slice(object);
        }
        starts.push(file.len());
        let kids: Vec<_> = self.pages.iter().map(|page| format!("{page} 0 R")).collect();
        let tree = format!("/Type/Pages/Count {}/Kids[{}]", kids.len(), kids.join(" "));
        file.extend_from_slice(dictionary(page_tree(), &tree).as_bytes());
        starts.extend(self.starts.iter().map(|start| file.len() + start));
        file.extend_from_slice(&self.body);
        let (table, size) = (file.len(), starts.len() + 1);
        let mut end = format!("xref\n0 {size}\n0000000000 65535 f \n");
        for start in starts {
            end += &format!("{start:010} 00000 n \n");
        }
        end += &format!("trailer\n<<{trailer}/Size {size}>>\nstartxref\n{table}\n%%EOF");
        file.extend_from_slice(end.as_bytes());
        file
    }
}

/// A PDF 1.7 file with bytes that aren't text, so that nothing takes it for text.
const HEAD: &[u8] = b"%PDF-1.7\n%\xBB\xAD\xC0\xDE\n";

/// The number of the page tree, which follows the font objects.
fn page_tree() -> usize {
    Fonts::get().objects.written(false).len() + 1
}

fn dictionary(number: usize, entries: &str) -> String {
    format!("{number} 0 obj\n<<{entries}>>\nendobj\n")
}

fn info(document_info: &DocumentInfo) -> String {
    let (title, author) = (text_string(&document_info.title), text_string(&document_info.author));
    let mut info = format!("/Title{title}/Author{author}/Creator(Ikrar)");
    if let Some(at) = document_info.at {
        info += &format!("/CreationDate{0}/ModDate{0}", date(at));
    }
    info
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(DEFLATE_LEVEL));
    encoder.write_all(content).expect("writing to memory never fails");
    encoder.finish().expect("writing to memory never fails")
}

/// Zlib level, from 0 to 9. Level 4 takes a third of the default's time for a tenth more bytes.
const DEFLATE_LEVEL: u32 = 4;
