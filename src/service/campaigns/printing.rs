//! Which characters the settings, texts and people of a campaign may have: what is kept, and what certificates and
//! slips can print. Nobody signs before all of it can be printed.

use super::CampaignRefusal;
use crate::certificate::printable::{Unprintable, unprintable};
use crate::domain::characters::{CharacterFault, kept_line};
use crate::domain::text::PledgeText;
use crate::store::rosters::ListedPerson;

/// Why a line that is printed can't be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// It can't be kept.
    #[error(transparent)]
    Character(#[from] CharacterFault),
    /// Certificates and slips can't print a character.
    #[error("a character that can't be printed, U+{:04X}, at {}", u32::from(.0.character), .0.place)]
    Unprintable(Unprintable),
}

/// What can't be printed, with the first such character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnprintablePart {
    /// Where the character stands.
    pub part: PrintedPart,
    /// The character and its place.
    pub unprintable: Unprintable,
    /// How many other people have one.
    pub others: u64,
}

/// A part of what is printed for a campaign, besides its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrintedPart {
    /// A part of the text, by the name or clause id that [`crate::domain::text::TextFault`] uses.
    Text(String),
    /// The name of an institution.
    Institution(String),
    /// The name of a unit.
    Unit {
        /// The institution's code.
        institution: String,
        /// The unit's name.
        name: String,
    },
    /// A person.
    Person {
        /// The institution's code.
        institution: String,
        /// The shown name.
        name: String,
    },
}

/// The line as it is kept, if it can be printed.
pub fn printable_line(text: &str) -> Result<String, LineFault> {
    let line = kept_line(text)?;
    match unprintable(&line) {
        Some(fault) => Err(LineFault::Unprintable(fault)),
        None => Ok(line),
    }
}

/// The first part of a filled text that can't be printed.
pub(super) fn check_text(text: &PledgeText) -> Result<(), CampaignRefusal> {
    let named = [("title", &text.title), ("legal_basis", &text.legal_basis), ("closing", &text.closing)];
    let clauses = text.clauses.iter().map(|clause| (clause.id.as_str(), &clause.text));
    for (name, part) in named.into_iter().chain(clauses) {
        if let Some(unprintable) = unprintable(part) {
            return Err(refusal(PrintedPart::Text(name.into()), unprintable));
        }
    }
    Ok(())
}

/// The refusal of one part.
pub(super) fn refusal(part: PrintedPart, unprintable: Unprintable) -> CampaignRefusal {
    CampaignRefusal::Unprintable(Box::new(UnprintablePart { part, unprintable, others: 0 }))
}

/// Adds a person to what is found, if something of them can't be printed.
pub(super) fn look_at(listed: &ListedPerson, found: &mut Option<UnprintablePart>) {
    let person = &listed.participant;
    let printed = [&person.shown_name, &person.rank, &person.position, &person.location];
    let Some(unprintable) = printed.into_iter().find_map(|text| unprintable(text)) else { return };
    match found {
        Some(found) => found.others += 1,
        None => {
            let (institution, name) = (person.institution.clone(), person.shown_name.clone());
            *found = Some(UnprintablePart { part: PrintedPart::Person { institution, name }, unprintable, others: 0 });
        }
    }
}
