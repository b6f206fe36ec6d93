//! The logical structure of a document (ISO 32000-1, 14.7): what its parts are and in which order they are read.

/// An element, by its place in [`Structure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElementId(u16);

/// The standard structure types (ISO 32000-1, 14.8.4) that documents of this program use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StructureType {
    /// The document's heading.
    H1,
    /// The heading of a section.
    H2,
    /// A paragraph.
    P,
    /// A list, numbered with decimals.
    L,
    /// An item of a list.
    LI,
    /// The number of an item.
    Lbl,
    /// The content of an item.
    LBody,
    /// A table.
    Table,
    /// A row of a table.
    TR,
    /// The heading of a row.
    TH,
    /// The heading of a column.
    ColumnTH,
    /// A cell of a table.
    TD,
    /// A drawing, with an alternative text.
    Figure,
}

/// One element.
pub struct Element {
    /// What it is.
    pub structure_type: StructureType,
    /// The element that it is part of; `None` for a part of the document itself.
    pub parent: Option<ElementId>,
    /// What is read instead of it.
    pub alternative: Option<String>,
}

/// All elements of a document, parents before their parts, siblings in reading order.
#[derive(Default)]
pub struct Structure {
    elements: Vec<Element>,
}

impl ElementId {
    /// Its place in [`Structure::elements`].
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl Structure {
    /// Appends a part of the document itself.
    pub fn add(&mut self, structure_type: StructureType) -> ElementId {
        self.push(Element { structure_type, parent: None, alternative: None })
    }

    /// Appends a part of another element.
    pub fn add_to(&mut self, parent: ElementId, structure_type: StructureType) -> ElementId {
        self.push(Element { structure_type, parent: Some(parent), alternative: None })
    }

    /// Appends a figure with what is read instead of it.
    pub fn add_figure(&mut self, alternative: String) -> ElementId {
        self.push(Element { structure_type: StructureType::Figure, parent: None, alternative: Some(alternative) })
    }

    /// All elements, in the order in which they were added.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    fn push(&mut self, element: Element) -> ElementId {
        let id = u16::try_from(self.elements.len())
            .expect("no document has so many elements: the rows of its tables are bounded");
        self.elements.push(element);
        ElementId(id)
    }
}

impl StructureType {
    /// Its name in a file.
    pub fn name(self) -> &'static str {
        match self {
            Self::H1 => "H1",
            Self::H2 => "H2",
            Self::P => "P",
            Self::L => "L",
            Self::LI => "LI",
            Self::Lbl => "Lbl",
            Self::LBody => "LBody",
            Self::Table => "Table",
            Self::TR => "TR",
            Self::TH | Self::ColumnTH => "TH",
            Self::TD => "TD",
            Self::Figure => "Figure",
        }
    }

    /// The attributes (ISO 32000-1, 14.8.5) that each element of this type has; empty if it has none.
    pub fn attributes(self) -> &'static str {
        match self {
            Self::L => "<</O/List/ListNumbering/Decimal>>",
            Self::TH => "<</O/Table/Scope/Row>>",
            Self::ColumnTH => "<</O/Table/Scope/Column>>",
            _ => "",
        }
    }
}
