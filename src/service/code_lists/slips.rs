//! The list of codes as slips to be cut out, with a cover for each unit, split into several files where needed.

use super::Line;
use crate::certificate::slips::{FILE_PEOPLE_MAX, SlipCampaign, SlipFault, SlipHolder, SlipUnit, slips};
use crate::domain::campaign::Campaign;
use crate::domain::disclosure::Disclosure;
use crate::domain::file_name;
use crate::i18n::Localizer;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Most people in one ZIP, which is made in memory; about 1 KiB each.
pub const ZIP_PEOPLE_MAX: usize = 50_000;

/// Slips as one file to download.
pub enum SlipFile {
    /// The bytes of one PDF.
    Pdf(Vec<u8>),
    /// The bytes of a ZIP file of several PDFs, `kode-akses-01.pdf` onwards.
    Zip(Vec<u8>),
}

/// Splits lines, which are ordered by institution and unit, into parts of one file each: up to 5,000 people. A unit
/// that fits into one file isn't split.
pub fn slip_parts(lines: &[Line]) -> Vec<&[Line]> {
    let mut parts = Vec::new();
    let (mut first, mut end) = (0, 0);
    for unit in lines.chunk_by(same_unit) {
        let fits = end - first + unit.len() <= FILE_PEOPLE_MAX;
        if !fits && end > first {
            parts.push(&lines[first..end]);
            first = end;
        }
        end += unit.len();
        while end - first > FILE_PEOPLE_MAX {
            parts.push(&lines[first..first + FILE_PEOPLE_MAX]);
            first += FILE_PEOPLE_MAX;
        }
    }
    if end > first {
        parts.push(&lines[first..end]);
    }
    parts
}

/// The slips as one PDF, or as a ZIP of several when one wouldn't hold them. `TooMany` beyond [`ZIP_PEOPLE_MAX`].
pub fn write_slip_file(
    lines: &[Line],
    campaign: &Campaign,
    public_url: &str,
    words: Localizer,
    disclosure: &Disclosure,
) -> Result<SlipFile, SlipFault> {
    if lines.len() > ZIP_PEOPLE_MAX {
        return Err(SlipFault::TooMany { people: lines.len() });
    }
    let parts = slip_parts(lines);
    let [only] = parts.as_slice() else {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (number, part) in (1..).zip(parts) {
            let pdf = write_slips(part, campaign, public_url, words, disclosure)?;
            let name = file_name::safe_part(&format!("kode-akses-{number:02}.pdf"));
            let added = zip.start_file(name, SimpleFileOptions::default()).map_err(|_| SlipFault::Zip);
            added.and_then(|()| zip.write_all(&pdf).map_err(|_| SlipFault::Zip))?;
        }
        return Ok(SlipFile::Zip(zip.finish().map_err(|_| SlipFault::Zip)?.into_inner()));
    };
    Ok(SlipFile::Pdf(write_slips(only, campaign, public_url, words, disclosure)?))
}

/// The PDF of one part. `public_url` is the installation's address.
pub fn write_slips(
    lines: &[Line],
    campaign: &Campaign,
    public_url: &str,
    words: Localizer,
    disclosure: &Disclosure,
) -> Result<Vec<u8>, SlipFault> {
    let host = public_url.split_once("://").map_or(public_url, |(_, host)| host);
    let event = SlipCampaign {
        organizer: campaign.settings.organizer.clone(),
        title: campaign.settings.title.clone(),
        synthetic: campaign.settings.synthetic,
        address: format!("{host}/k/{}", campaign.slug),
        sign_link: format!("{public_url}/k/{}/sign#", campaign.slug),
    };
    let units: Vec<SlipUnit> = lines.chunk_by(same_unit).map(|lines| unit(lines, campaign)).collect();
    slips(&event, &units, words, disclosure)
}

fn same_unit(a: &Line, b: &Line) -> bool {
    (&a.institution_code, &a.unit) == (&b.institution_code, &b.unit)
}

fn unit(lines: &[Line], campaign: &Campaign) -> SlipUnit {
    let person = |line: &Line| SlipHolder {
        name: line.shown_name.clone(),
        identifier: line.identifier.shown(),
        code: line.code,
    };
    let first = &lines[0];
    let own = first.help_contact.trim();
    SlipUnit {
        institution: first.institution.clone(),
        name: first.unit.clone(),
        help_contact: if own.is_empty() { campaign.settings.help_contact.clone() } else { own.into() },
        people: lines.iter().map(person).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access_code::AccessCode;
    use crate::domain::identifier::Identifier;

    fn lines(units: &[(&str, usize)]) -> Vec<Line> {
        let line = |unit: &str| Line {
            identifier: Identifier::parse("16.71-000123").unwrap(),
            shown_name: "Contoh".into(),
            institution_code: "16.71".into(),
            institution: "Kota Contoh".into(),
            help_contact: String::new(),
            unit: unit.into(),
            code: AccessCode::parse("00000-00000").unwrap(),
            employment: None,
            signed_at: None,
        };
        units.iter().flat_map(|(unit, people)| std::iter::repeat_with(|| line(unit)).take(*people)).collect()
    }

    fn sizes(units: &[(&str, usize)]) -> Vec<usize> {
        let lines = lines(units);
        let parts = slip_parts(&lines);
        assert_eq!(parts.iter().flat_map(|part| part.iter()).count(), lines.len());
        parts.iter().map(|part| part.len()).collect()
    }

    #[test]
    fn files_are_cut_between_units_and_within_one_that_is_too_large() {
        assert_eq!(sizes(&[]), [0usize; 0]);
        assert_eq!(sizes(&[("a", 3), ("b", 4)]), [7]);
        assert_eq!(sizes(&[("a", FILE_PEOPLE_MAX)]), [FILE_PEOPLE_MAX]);
        assert_eq!(sizes(&[("a", FILE_PEOPLE_MAX - 1), ("b", 2)]), [FILE_PEOPLE_MAX - 1, 2]);
        assert_eq!(
            sizes(&[("a", 1), ("b", 2 * FILE_PEOPLE_MAX + 5), ("c", 5)]),
            [1, FILE_PEOPLE_MAX, FILE_PEOPLE_MAX, 10]
        );
    }
}
