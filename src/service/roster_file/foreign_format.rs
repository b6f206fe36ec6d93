//! Formats of other programs that are not read, recognised by what a file holds. Each refusal says how to save the
//! table in one that is.

/// A format that is not read. Each has a message of its own, `roster-file-KEY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignFormat {
    /// A web page, as web programs export tables under the name `.xls`.
    Html,
    /// An *XML Spreadsheet 2003*, under the name `.xml` or `.xls`.
    XmlSpreadsheet,
    /// Other XML.
    Xml,
    /// A binary workbook, `.xlsb`.
    BinaryWorkbook,
    /// A table or text of LibreOffice and others, such as `.ods`.
    OpenDocument,
    /// A spreadsheet of Apple Numbers.
    Numbers,
    /// A document of Word, `.docx`, `.doc` or `.rtf`.
    Word,
    /// A compressed archive.
    Archive,
}

/// How a web page may begin: with one of these tags.
const TAGS: &str = "html|head|body|table|meta|style|title|div|center|script|form|font|link|base|span|thead|tr";

impl ForeignFormat {
    /// The last part of the message key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::XmlSpreadsheet => "xml-spreadsheet",
            Self::Xml => "xml",
            Self::BinaryWorkbook => "binary-workbook",
            Self::OpenDocument => "open-document",
            Self::Numbers => "numbers",
            Self::Word => "word",
            Self::Archive => "archive",
        }
    }

    /// The format of a text that begins like this; `None` for one that may be a table.
    pub fn of_text(head: &str) -> Option<Self> {
        let head = head.trim_start().to_ascii_lowercase();
        if head.starts_with("{\\rtf") {
            return Some(Self::Word);
        }
        // A web page with its pictures in one file.
        if head.starts_with("mime-version:") {
            return Some(Self::Html);
        }
        let markup = head.strip_prefix('<')?;
        let tag = markup.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let is_page = markup.starts_with("!doctype html") || TAGS.split('|').any(|known| known == tag);
        if is_page {
            return Some(Self::Html);
        }
        if !markup.starts_with("?xml") && !markup.starts_with("!--") && tag != "workbook" && !markup.contains("xmlns") {
            return None;
        }
        Some(if head.contains("urn:schemas-microsoft-com:office:spreadsheet") {
            Self::XmlSpreadsheet
        } else if head.contains("opendocument") {
            Self::OpenDocument
        } else if head.contains("<html") || head.contains("<table") {
            Self::Html
        } else {
            Self::Xml
        })
    }

    /// The format of a container that has a part with one of these names; `None` for a workbook and for what isn't
    /// known.
    pub fn of_parts<'a>(mut names: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        names.find_map(|name| match name {
            b"xl/workbook.bin" => Some(Self::BinaryWorkbook),
            b"mimetype" | b"META-INF/manifest.xml" => Some(Self::OpenDocument),
            b"Index/Document.iwa" | b"Index.zip" => Some(Self::Numbers),
            b"word/document.xml" => Some(Self::Word),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_other_programs_are_told_from_tables() {
        for (head, format) in [
            ("<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><table>", ForeignFormat::Html),
            ("\r\n  <TABLE border=1>", ForeignFormat::Html),
            ("<!DOCTYPE html PUBLIC", ForeignFormat::Html),
            ("<meta charset=utf-8>", ForeignFormat::Html),
            ("<?xml version=\"1.0\"?><html><table>", ForeignFormat::Html),
            ("MIME-Version: 1.0\r\nX-Document-Type: Workbook", ForeignFormat::Html),
            (
                "<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">",
                ForeignFormat::XmlSpreadsheet,
            ),
            ("<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">", ForeignFormat::XmlSpreadsheet),
            (
                "<?xml version=\"1.0\"?><office:document xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\">",
                ForeignFormat::OpenDocument,
            ),
            ("<?xml version=\"1.0\"?><pegawai><nip>1</nip></pegawai>", ForeignFormat::Xml),
            ("{\\rtf1\\ansi", ForeignFormat::Word),
        ] {
            assert_eq!(ForeignFormat::of_text(head), Some(format), "{head}");
        }
        for head in ["NIP;Nama\n", "<NIP>;<Nama>\n", "< 5;Nama", "", "Mime;Nama", "<trx>;NIP"] {
            assert_eq!(ForeignFormat::of_text(head), None, "{head}");
        }
    }
}
