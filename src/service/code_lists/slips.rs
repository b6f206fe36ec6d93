//! The list of codes as slips to cut, with a cover for each unit.

use super::Line;
use crate::certificate::slips::{Event, Person, SlipFault, Unit, slips};
use crate::domain::campaign::Campaign;
use crate::i18n::Words;

/// One PDF of the lines, which stand by institution and unit. `public_url` is the installation's address.
pub fn write_slips(lines: &[Line], campaign: &Campaign, public_url: &str, words: Words) -> Result<Vec<u8>, SlipFault> {
    let host = public_url.split_once("://").map_or(public_url, |(_, host)| host);
    let event = Event {
        organizer: campaign.settings.organizer.clone(),
        title: campaign.settings.title.clone(),
        synthetic: campaign.settings.synthetic,
        address: format!("{host}/k/{}", campaign.slug),
        sign_link: format!("{public_url}/k/{}/sign#", campaign.slug),
    };
    let same_unit = |a: &Line, b: &Line| (&a.institution_code, &a.unit) == (&b.institution_code, &b.unit);
    let units: Vec<Unit> = lines.chunk_by(same_unit).map(|lines| unit(lines, campaign)).collect();
    slips(&event, &units, words)
}

fn unit(lines: &[Line], campaign: &Campaign) -> Unit {
    let person =
        |line: &Line| Person { name: line.shown_name.clone(), identifier: line.identifier.shown(), code: line.code };
    let first = &lines[0];
    let own = first.help_contact.trim();
    Unit {
        institution: first.institution.clone(),
        name: first.unit.clone(),
        help_contact: if own.is_empty() { campaign.settings.help_contact.clone() } else { own.into() },
        people: lines.iter().map(person).collect(),
    }
}
