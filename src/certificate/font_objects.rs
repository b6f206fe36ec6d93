//! The font objects that every file begins with (Type 0, widths, ToUnicode, the compressed face), as they are written.
//!
//! They are made beforehand, since they only depend on the faces: `font_files_tests.rs` makes them with `printpdf`, and
//! fails if they aren't those of the faces. Made while running, they need a library that takes long to compile. Each
//! stands in `assets/fonts` as a PDF file that has nothing but these objects, numbered from 1, and a cross-reference
//! table; its root is the font resource dictionary.

/// Of the plain cuts, which nearly every file embeds.
const PLAIN: &[u8] = include_bytes!("../../assets/fonts/plain.pdf");
/// Of the extended cuts, under the same numbers.
const EXTENDED: &[u8] = include_bytes!("../../assets/fonts/extended.pdf");

/// The objects of the three faces.
pub struct FontObjects {
    plain: Vec<&'static [u8]>,
    extended: Vec<&'static [u8]>,
    /// The number of the font resource dictionary.
    pub(super) resources: usize,
}

impl FontObjects {
    /// What the two files hold.
    pub(super) fn load() -> Self {
        let read = |file| objects(file).expect("the files are compiled in and tested");
        let (plain, resources) = read(PLAIN);
        let (extended, _) = read(EXTENDED);
        Self { plain, extended, resources }
    }

    /// The objects in the order of their numbers, from 1; each ends with `endobj` and a line break.
    pub(super) fn written(&self, extended: bool) -> &[&'static [u8]] {
        if extended { &self.extended } else { &self.plain }
    }
}

/// The objects of a file, and the number of its root. `None` for a file that isn't written in this way.
fn objects(file: &'static [u8]) -> Option<(Vec<&'static [u8]>, usize)> {
    let table = file.windows(TABLE.len()).rposition(|bytes| bytes == TABLE)? + 1;
    let text = std::str::from_utf8(&file[table..]).ok()?;
    let entries = text.lines().filter_map(|line| line.strip_suffix(" 00000 n "));
    let mut starts: Vec<usize> = entries.map(|start| start.parse().ok()).collect::<Option<_>>()?;
    starts.push(table);
    let objects = starts.windows(2).map(|bounds| file.get(bounds[0]..bounds[1])).collect::<Option<_>>()?;
    let (_, root) = text.split_once("/Root ")?;
    Some((objects, root.split_once(' ')?.0.parse().ok()?))
}

/// Where the cross-reference table begins.
const TABLE: &[u8] = b"\nxref\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_cuts_number_the_objects_alike() {
        let objects = FontObjects::load();
        assert_eq!(objects.plain.len(), objects.extended.len());
        assert_eq!(super::objects(EXTENDED).unwrap().1, objects.resources);
        for cut in [&objects.plain, &objects.extended] {
            for (number, object) in (1..).zip(cut) {
                assert!(object.starts_with(format!("{number} 0 obj\n").as_bytes()), "{number}");
                assert!(object.ends_with(b"\nendobj\n"), "{number}");
            }
        }
    }
}
