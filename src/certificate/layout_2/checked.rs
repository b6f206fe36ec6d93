//! The input with every text checked for length and made printable.

use super::words;
use crate::certificate::input::FIELD_CHARS_MAX;
use crate::certificate::printable::printed_text;
use crate::certificate::wrap::{self, TextStyle};
use crate::certificate::{CertificateFault, CertificatePledge, CertificateTemplate};
use crate::domain::campaign::CampaignKind;
use crate::domain::certificate_copy::PrintedIdentifier;
use crate::domain::participant::SHOWN_NAME_CHARS_MAX;
use crate::domain::text::{PledgeText, substitute};
use std::borrow::Cow;
use std::sync::{Arc, PoisonError, RwLock};

/// A text as it is printed; the person's placeholders may still be in it.
#[derive(Clone)]
pub struct CheckedText {
    /// What is signed.
    pub kind: CampaignKind,
    /// The heading.
    pub title: TextPart,
    /// The regulations that it rests on, with the words before them; may be empty.
    pub legal_basis: TextPart,
    /// In their order.
    pub clauses: Vec<TextPart>,
    /// The last sentence.
    pub closing: TextPart,
    /// Whether a mark stands for a character.
    pub has_marks: bool,
}

/// A part of a text.
#[derive(Clone)]
pub struct TextPart {
    /// In printable characters.
    pub text: String,
    /// Whether it has a placeholder of the person, so that it differs from certificate to certificate.
    pub is_own: bool,
    /// The lines of a part that all certificates share, by style and width: a layout tries a few sizes.
    wrapped: Arc<RwLock<Vec<WrappedPart>>>,
}

type WrappedPart = (TextStyle, f32, Arc<[String]>);

impl TextPart {
    fn new(text: String) -> Self {
        Self { is_own: text.contains('{'), text, wrapped: Arc::default() }
    }

    /// Its lines in this style and width, as [`wrap::lines`] breaks them.
    pub fn lines(&self, style: &TextStyle, width: f32) -> Vec<String> {
        if self.is_own {
            return wrap::lines(&self.text, style, width);
        }
        let is_wanted = |known: &&WrappedPart| known.0 == *style && known.1 == width;
        let known = self.wrapped.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((.., lines)) = known.iter().find(is_wanted) {
            return lines.to_vec();
        }
        drop(known);
        let lines = wrap::lines(&self.text, style, width);
        let wrapped = (*style, width, lines.as_slice().into());
        self.wrapped.write().unwrap_or_else(PoisonError::into_inner).push(wrapped);
        lines
    }
}

impl CheckedText {
    /// The canonical text, made printable.
    pub fn new(text: &PledgeText) -> Self {
        let mut has_marks = false;
        let mut print = |text: &str| {
            let printed = printed_text(text);
            has_marks |= printed.has_marks;
            TextPart::new(printed.text)
        };
        let (title, mut legal_basis, closing) = (print(&text.title), print(&text.legal_basis), print(&text.closing));
        if !legal_basis.text.is_empty() {
            legal_basis = TextPart::new(format!("{} {}", words::LEGAL_BASIS, legal_basis.text));
        }
        let clauses = text.clauses.iter().map(|clause| print(&clause.text)).collect();
        Self { kind: text.kind, title, legal_basis, clauses, closing, has_marks }
    }

    /// All its parts.
    pub fn parts(&self) -> impl Iterator<Item = &TextPart> {
        [&self.title, &self.legal_basis, &self.closing].into_iter().chain(&self.clauses)
    }

    /// The text with the person's placeholders filled; an empty value becomes a dash.
    pub fn filled(&self, pledge: &CertificatePledge) -> Cow<'_, Self> {
        if !self.parts().any(|part| part.is_own) {
            return Cow::Borrowed(self);
        }
        let value = |word: &str| {
            let value = match word {
                "nama" => pledge.name.clone(),
                "nip" => words::number(&pledge.identifier),
                "pangkat" => pledge.rank.clone(),
                "jabatan" => pledge.position.clone(),
                "instansi" => pledge.institution.clone(),
                "unit" => pledge.unit.clone(),
                _ => return None,
            };
            Some(if value.is_empty() { "–".into() } else { value })
        };
        // A brace that is no placeholder stays as it was agreed to.
        let fill = |part: &mut TextPart| {
            if let Ok(filled) = substitute(&part.text, value) {
                part.text = filled;
            }
        };
        let mut filled = self.clone();
        [&mut filled.title, &mut filled.legal_basis, &mut filled.closing].into_iter().for_each(fill);
        filled.clauses.iter_mut().for_each(fill);
        Cow::Owned(filled)
    }
}

/// The template as it is printed, and whether a mark stands for a character.
///
/// # Errors
/// If a part is too long.
pub fn template(template: &CertificateTemplate) -> Result<(CertificateTemplate, bool), CertificateFault> {
    let mut checked = template.clone();
    let has_marks = print([
        ("organizer", &mut checked.organizer, FIELD_CHARS_MAX),
        ("event", &mut checked.event, FIELD_CHARS_MAX),
        ("place", &mut checked.place, FIELD_CHARS_MAX),
        ("address", &mut checked.verify_address, FIELD_CHARS_MAX),
    ])?;
    Ok((checked, has_marks))
}

/// The pledge as it is printed, and whether a mark stands for a character.
///
/// # Errors
/// If a part is too long.
pub fn pledge(pledge: &CertificatePledge) -> Result<(CertificatePledge, bool), CertificateFault> {
    let mut checked = pledge.clone();
    let identifier = match &mut checked.identifier {
        PrintedIdentifier::Ending(ending) => ("identifier", ending, 4),
        PrintedIdentifier::Whole(number) => ("identifier", number, FIELD_CHARS_MAX),
    };
    let has_marks = print([
        ("name", &mut checked.name, SHOWN_NAME_CHARS_MAX),
        identifier,
        ("institution", &mut checked.institution, FIELD_CHARS_MAX),
        ("unit", &mut checked.unit, FIELD_CHARS_MAX),
        ("rank", &mut checked.rank, FIELD_CHARS_MAX),
        ("position", &mut checked.position, FIELD_CHARS_MAX),
    ])?;
    Ok((checked, has_marks))
}

/// Makes each part printable in its place; says whether a mark stands for a character.
fn print<const N: usize>(parts: [(&'static str, &mut String, usize); N]) -> Result<bool, CertificateFault> {
    let mut has_marks = false;
    for (part, text, chars_max) in parts {
        if text.chars().count() > chars_max {
            return Err(CertificateFault::TooLong { part });
        }
        let printed = printed_text(text);
        has_marks |= printed.has_marks;
        *text = printed.text;
    }
    Ok(has_marks)
}
