//! A worksheet's cell as programs usually write it. It is read in one go, where the XML reader would take half a dozen
//! steps.
//!
//! Whatever isn't as plain as this is left to the XML reader, which reads the same of a plain cell.

/// What stands before and after the text of a cell.
const AROUND_TEXT: [(&str, &str); 3] =
    [("<v>", "</v>"), ("<is><t>", "</t></is>"), ("<is><t xml:space=\"preserve\">", "</t></is>")];
const END: &[u8] = b"</c>";

/// A cell that is plain.
#[derive(Debug, PartialEq, Eq)]
pub struct PlainCell<'a> {
    /// The attribute `r`, if there is one.
    pub reference: Option<&'a str>,
    /// The attribute `t`, if there is one.
    pub kind: Option<&'a str>,
    pub text: &'a str,
    /// Bytes of the whole element.
    pub length: usize,
}

/// The cell that the bytes begin with; `None` if it isn't plain or its end isn't there yet.
pub fn plain_cell(bytes: &[u8]) -> Option<PlainCell<'_>> {
    let rest = bytes.strip_prefix(b"<c")?;
    let tag = &rest[..rest.iter().position(|byte| *byte == b'>')?];
    let (mut reference, mut kind) = (None, None);
    let mut attributes = tag;
    while !attributes.is_empty() {
        let (name, value, after) = attribute(attributes)?;
        let is_second = match name {
            b"r" => reference.replace(value).is_some(),
            b"t" => kind.replace(value).is_some(),
            _ => false,
        };
        attributes = (!is_second).then_some(after)?;
    }
    let content = &rest[tag.len() + 1..];
    let (text, length) = plain_text(content).unwrap_or(("", 0));
    content[length..].starts_with(END).then_some(())?;
    let of = |value: Option<_>| value.and_then(|value| std::str::from_utf8(value).ok());
    let length = bytes.len() - content.len() + length + END.len();
    Some(PlainCell { reference: of(reference), kind: of(kind), text, length })
}

/// Name and value of the attribute that a tag goes on with, and what follows. Both are of visible ASCII.
fn attribute(tag: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let tag = tag.strip_prefix(b" ")?;
    let (name, rest) = tag.split_at(tag.iter().position(|byte| !byte.is_ascii_alphabetic())?);
    let rest = rest.strip_prefix(b"=\"").filter(|_| !name.is_empty())?;
    let end = rest.iter().position(|byte| !byte.is_ascii_graphic() || matches!(byte, b'"' | b'<' | b'&'))?;
    let after = rest[end..].strip_prefix(b"\"")?;
    Some((name, &rest[..end], after))
}

/// The text that a cell's content begins with, and the length of its elements; `None` if it isn't plain.
fn plain_text(content: &[u8]) -> Option<(&str, usize)> {
    AROUND_TEXT.iter().find_map(|(before, after)| {
        let rest = content.strip_prefix(before.as_bytes())?;
        let end = rest.iter().position(|byte| matches!(byte, b'<' | b'&' | b'\r'))?;
        rest[end..].starts_with(after.as_bytes()).then_some(())?;
        let text = std::str::from_utf8(&rest[..end]).ok()?;
        Some((text, before.len() + end + after.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_text_is_known_and_any_other_is_not() {
        for (content, text) in [
            ("<v>12</v>", "12"),
            ("<v></v>", ""),
            ("<is><t>Siti é</t></is>", "Siti é"),
            ("<is><t xml:space=\"preserve\"> Siti </t></is>", " Siti "),
        ] {
            assert_eq!(plain_text(content.as_bytes()), Some((text, content.len())), "{content}");
            let cell = format!("<c r=\"B12\" s=\"3\" t=\"str\">{content}</c>");
            let expected = PlainCell { reference: Some("B12"), kind: Some("str"), text, length: cell.len() };
            assert_eq!(plain_cell(format!("{cell}<c>").as_bytes()), Some(expected), "{cell}");
        }
        for content in
            ["", "<v>12", "<v>1&amp;2</v>", "<v><![CDATA[1]]></v>", "<v a=\"1\">1</v>", "1</v>", "<v>1\r\n2</v>"]
        {
            assert_eq!(plain_text(content.as_bytes()), None, "{content}");
        }
        assert_eq!(plain_text(b"<v>\xFF</v>"), None);
    }

    #[test]
    fn a_cell_with_anything_else_is_left_to_the_xml_reader() {
        for cell in [
            "",
            "<c",
            "<c><v>1</v>",
            "<c/>",
            "<c r=\"A1\"/>",
            "<col><v>1</v></c>",
            "<c r='A1'><v>1</v></c>",
            "<c r=\"A1><v>1</v></c>",
            "<c r=\"A>1\"><v>1</v></c>",
            "<c r=\"A&amp;1\"><v>1</v></c>",
            "<c  r=\"A1\"><v>1</v></c>",
            "<c r=\"A1\" ><v>1</v></c>",
            "<c r><v>1</v></c>",
            "<c t=\"e\" t=\"s\"><v>1</v></c>",
            "<c><v>1</v><f>A2</f></c>",
            "<c><f>A2</f><v>1</v></c>",
            "<c> <v>1</v></c>",
        ] {
            assert_eq!(plain_cell(cell.as_bytes()), None, "{cell}");
        }
        let empty = PlainCell { reference: None, kind: None, text: "", length: 7 };
        assert_eq!(plain_cell(b"<c></c>"), Some(empty));
    }
}
