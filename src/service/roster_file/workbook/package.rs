//! The container of a workbook (Open Packaging Conventions, ECMA-376 part 2): its parts by name, and the relations
//! between them.
//!
//! Only the parts that are read count towards the limits on bytes. Pictures, settings for printing and the like are
//! skipped, however many there are.

use crate::service::roster_file::RosterFileError;
use crate::service::roster_file::budget::{Budget, CountedReader};
use crate::service::roster_file::container::ZIP_ENTRIES_MAX;
use crate::service::roster_file::foreign_format::ForeignFormat;
use crate::service::roster_file::read_ahead::{ReadAhead, read_ahead};
use crate::service::roster_file::xml::attribute;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use zip::ZipArchive;

/// Longest name of a part, in bytes. The names of a spreadsheet are much shorter.
pub const NAME_BYTES_MAX: usize = 1_024;
/// Bytes that the file reader fetches at once.
const BUFFER_BYTES: u64 = 64 * 1024;
/// Most bytes that may be read to find the parts of a container, whose directory is at its end.
const DIRECTORY_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A part that is being read.
pub type PartReader = Reader<BufReader<CountedReader<ReadAhead>>>;

/// The file, with a limit on the bytes read for its directory. A container of a million empty parts would fill the
/// memory with their names.
pub struct Directory {
    file: File,
    left: Arc<AtomicU64>,
}

impl Read for Directory {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        let left = self.left.load(Ordering::Relaxed).checked_sub(read as u64);
        self.left.store(left.ok_or_else(|| io::Error::other("too long a directory"))?, Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for Directory {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// The parts of a container.
pub struct Package {
    archive: ZipArchive<BufReader<Directory>>,
    /// Indexes of the parts by their names in lower case. Some writers use another case, such as
    /// `xl/SharedStrings.xml`, or separate folders by `\`.
    parts: HashMap<Vec<u8>, usize>,
}

impl Package {
    /// Reads the directory of a container.
    ///
    /// # Errors
    /// `Foreign` for the container of another program; `TooManyEntries`, and `Damaged` where there is no directory.
    pub fn open(file: File) -> Result<Self, RosterFileError> {
        let left = Arc::new(AtomicU64::new(DIRECTORY_BYTES_MAX));
        let directory = Directory { file, left: left.clone() };
        let archive = ZipArchive::new(BufReader::with_capacity(64 * 1024, directory));
        let archive = archive.map_err(|_| match left.load(Ordering::Relaxed) {
            left if left < BUFFER_BYTES => RosterFileError::TooManyEntries,
            _ => RosterFileError::Damaged,
        })?;
        left.store(u64::MAX, Ordering::Relaxed);
        if let Some(format) = ForeignFormat::of_parts(archive.file_names_raw()) {
            return Err(RosterFileError::Foreign(format));
        }
        if archive.len() > ZIP_ENTRIES_MAX {
            return Err(RosterFileError::TooManyEntries);
        }
        let mut parts = HashMap::new();
        for (index, name) in archive.file_names_raw().enumerate() {
            parts.entry(part_name(name)).or_insert(index);
        }
        Ok(Self { archive, parts })
    }

    pub fn has(&self, part: &str) -> bool {
        self.parts.contains_key(&part_name(part.as_bytes()))
    }

    /// Bytes of a part after unpacking, as the container claims; 0 if there is no such part.
    pub fn claimed_bytes(&mut self, part: &str) -> u64 {
        let index = self.parts.get(&part_name(part.as_bytes())).copied();
        index.and_then(|index| self.archive.by_index(index).ok()).map_or(0, |entry| entry.size())
    }

    /// What `parse` makes of the XML of a part, which is unpacked meanwhile; `None` if there is no such part.
    pub fn parsed<T>(
        &mut self,
        part: &str,
        budget: &Budget,
        parse: impl FnOnce(&mut PartReader) -> Result<T, RosterFileError>,
    ) -> Result<Option<T>, RosterFileError> {
        let Some(index) = self.parts.get(&part_name(part.as_bytes())).copied() else { return Ok(None) };
        let entry = self.archive.by_index(index).map_err(|_| RosterFileError::Damaged)?;
        let parsed = read_ahead(entry, |unpacked| {
            let mut xml = Reader::from_reader(BufReader::with_capacity(64 * 1024, budget.count(unpacked)));
            xml.config_mut().check_end_names = false;
            parse(&mut xml)
        });
        parsed.map(Some)
    }

    /// Passes the relations of a part to `each`: the last part of the type, the id, and the part that is named. An
    /// empty `from` stands for the container. Returns whether the part has relations.
    pub fn relations(
        &mut self,
        from: &str,
        budget: &Budget,
        mut each: impl FnMut(&str, String, RelationTarget) -> Result<(), RosterFileError>,
    ) -> Result<bool, RosterFileError> {
        let (folder, name) = from.rsplit_once('/').unwrap_or(("", from));
        let beside = format!("{folder}/_rels/");
        let beside = beside.trim_start_matches('/');
        let own = format!("{beside}{name}.rels");
        let part = if self.has(&own) { own } else { self.only_relations_in(beside).unwrap_or(own) };
        let each_relation = |element: &BytesStart<'_>| {
            if element.local_name().as_ref() == "Relationship"
                && let (Some(kind), Some(target)) = (attribute(element, "Type"), attribute(element, "Target"))
                && let Some(id) = attribute(element, "Id")
                && id.len().max(target.len()) <= NAME_BYTES_MAX
            {
                let kind = kind.rsplit('/').next().unwrap_or_default();
                return each(kind, id, RelationTarget { folder: folder.to_owned(), target });
            }
            Ok(())
        };
        Ok(self.parsed(&part, budget, |xml| each_element(xml, budget, each_relation))?.is_some())
    }

    /// The one part of relations in a folder, which is that of a part that was renamed without it.
    fn only_relations_in(&self, folder: &str) -> Option<String> {
        let folder = part_name(folder.as_bytes());
        let mut parts = self.parts.keys().filter(|name| name.starts_with(&folder) && name.ends_with(b".rels"));
        let part = parts.next().filter(|_| parts.next().is_none())?;
        String::from_utf8(part.clone()).ok()
    }
}

/// What a relation names.
pub struct RelationTarget {
    folder: String,
    target: String,
}

impl RelationTarget {
    /// The part within the container. A target is relative to the folder of the part that names it, or begins with `/`;
    /// some writers leave the `/` out.
    pub fn part(&self, package: &Package) -> String {
        let from_root = resolved("", &self.target);
        let part =
            if self.target.starts_with(['/', '\\']) { from_root.clone() } else { resolved(&self.folder, &self.target) };
        if !package.has(&part) && package.has(&from_root) { from_root } else { part }
    }
}

/// The path from the root of the container.
fn resolved(folder: &str, target: &str) -> String {
    let mut steps = vec![];
    for step in folder.split('/').chain(target.split(['/', '\\'])) {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

fn part_name(name: &[u8]) -> Vec<u8> {
    let name = name.strip_prefix(b"/").unwrap_or(name);
    name.iter().map(|byte| if *byte == b'\\' { b'/' } else { byte.to_ascii_lowercase() }).collect()
}

/// Passes each start of an element to `each`.
pub fn each_element(
    xml: &mut PartReader,
    budget: &Budget,
    mut each: impl FnMut(&BytesStart<'_>) -> Result<(), RosterFileError>,
) -> Result<(), RosterFileError> {
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        budget.token_done();
        match xml.read_event_into(&mut buffer)? {
            Event::Start(element) | Event::Empty(element) => {
                budget.step(1)?;
                each(&element)?;
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_followed_from_the_folder_of_their_part() {
        for (folder, target, part) in [
            ("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "./worksheets/../lembar.xml", "xl/lembar.xml"),
            ("xl", "../data/1.xml", "data/1.xml"),
            ("", "/xl/buku.xml", "xl/buku.xml"),
            ("", "../../x.xml", "x.xml"),
            ("xl", "worksheets\\sheet1.xml", "xl/worksheets/sheet1.xml"),
        ] {
            assert_eq!(resolved(folder, target), part);
        }
    }
}
