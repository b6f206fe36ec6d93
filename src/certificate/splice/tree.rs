//! The structure tree of a file (ISO 32000-1, 14.7.2) and the way back to it from the pages (14.7.4.4).

use super::content::PageContent;
use super::numbers::{DOCUMENT_ELEMENT, PARENT_TREE, SEAL_ELEMENT};
use super::objects::{ObjectWriter, push_decimal, push_number, push_reference, push_references, push_text_string};
use crate::certificate::draw::{PAGE_HEIGHT, Rect};
use crate::certificate::structure::{Element, Structure};

/// Where in a file the parts of one element stand.
#[derive(Clone, Default)]
struct ElementParts {
    /// PrintedPage, from 0, and marked-content id.
    sequences: Vec<(usize, usize)>,
    /// Numbers of the elements within it.
    elements: Vec<usize>,
    figure: Option<Rect>,
}

/// Writes all elements and the parent tree. `pages` are the numbers of the pages.
pub fn write(file: &mut ObjectWriter, structure: &Structure, contents: &[PageContent], pages: &[usize]) {
    // All numbers below are written, or are those of the two objects at the end.
    let first = file.next_number();
    let elements = structure.elements();
    let mut parts = vec![ElementParts::default(); elements.len()];
    let mut of_document = Vec::new();
    for (at, element) in elements.iter().enumerate() {
        match element.parent {
            Some(parent) => parts[parent.index()].elements.push(first + at),
            None => of_document.push(first + at),
        }
    }
    for (page, content) in contents.iter().enumerate() {
        for (id, element) in content.sequences.iter().enumerate() {
            parts[element.index()].sequences.push((page, id));
        }
        for (element, rect) in &content.figures {
            parts[element.index()].figure = Some(*rect);
        }
    }
    for (at, (element, parts)) in elements.iter().zip(&parts).enumerate() {
        let parent = element.parent.map_or(DOCUMENT_ELEMENT, |parent| first + parent.index());
        file.object(first + at, |bytes| push_element(bytes, element, parts, parent, pages));
    }
    of_document.push(SEAL_ELEMENT);
    file.object(DOCUMENT_ELEMENT, |bytes| {
        bytes.extend_from_slice(b"<</S/Document/P ");
        push_reference(bytes, super::numbers::STRUCTURE_ROOT);
        bytes.extend_from_slice(b"/K[");
        push_references(bytes, of_document.iter().copied());
        bytes.extend_from_slice(b"]>>");
    });
    file.object(PARENT_TREE, |bytes| {
        bytes.extend_from_slice(b"<</Nums[0 ");
        push_reference(bytes, SEAL_ELEMENT);
        for (page, content) in (1..).zip(contents) {
            bytes.push(b' ');
            push_number(bytes, page);
            bytes.push(b'[');
            push_references(bytes, content.sequences.iter().map(|element| first + element.index()));
            bytes.push(b']');
        }
        bytes.extend_from_slice(b"]>>");
    });
}

fn push_element(bytes: &mut Vec<u8>, element: &Element, parts: &ElementParts, parent: usize, pages: &[usize]) {
    bytes.extend_from_slice(b"<</S/");
    bytes.extend_from_slice(element.structure_type.name().as_bytes());
    bytes.extend_from_slice(b"/P ");
    push_reference(bytes, parent);
    if let Some(alternative) = &element.alternative {
        bytes.extend_from_slice(b"/Alt");
        push_text_string(bytes, alternative);
    }
    let attributes = element.structure_type.attributes();
    if !attributes.is_empty() {
        bytes.extend_from_slice(b"/A");
        bytes.extend_from_slice(attributes.as_bytes());
    }
    if let Some(rect) = parts.figure {
        bytes.extend_from_slice(b"/A<</O/Layout/Placement/Block/BBox[");
        let bottom = PAGE_HEIGHT - rect.y - rect.height;
        for (place, edge) in [rect.x, bottom, rect.x + rect.width, bottom + rect.height].into_iter().enumerate() {
            if place > 0 {
                bytes.push(b' ');
            }
            push_decimal(bytes, edge, 2);
        }
        bytes.extend_from_slice(b"]>>");
    }
    push_kids(bytes, parts, pages);
    bytes.extend_from_slice(b">>");
}

/// `/Pg` and `/K`. An element has either elements or content of its own.
fn push_kids(bytes: &mut Vec<u8>, parts: &ElementParts, pages: &[usize]) {
    let Some(&(first_page, first_id)) = parts.sequences.first() else {
        bytes.extend_from_slice(b"/K[");
        push_references(bytes, parts.elements.iter().copied());
        return bytes.push(b']');
    };
    bytes.extend_from_slice(b"/Pg ");
    push_reference(bytes, pages[first_page]);
    bytes.extend_from_slice(b"/K");
    if parts.sequences.len() == 1 {
        bytes.push(b' ');
        return push_number(bytes, first_id);
    }
    bytes.push(b'[');
    for &(page, id) in &parts.sequences {
        bytes.push(b' ');
        if page == first_page {
            push_number(bytes, id);
        } else {
            bytes.extend_from_slice(b"<</Type/MCR/Pg ");
            push_reference(bytes, pages[page]);
            bytes.extend_from_slice(b"/MCID ");
            push_number(bytes, id);
            bytes.extend_from_slice(b">>");
        }
    }
    bytes.push(b']');
}
