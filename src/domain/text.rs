//! The text (*naskah*) that is agreed to: clauses, placeholders, canonical bytes and hash.
//!
//! The canonical text is the JSON Canonicalization Scheme (RFC 8785) over
//! `{v, kind, locale, title, legal_basis, clauses: [{id, text}], closing}`; its hash is SHA-256. Placeholders of the
//! event (`{instansi_penyelenggara}`, `{kegiatan}`, `{tahun}`) are filled before hashing; those of the person
//! (`{nama}`, `{nip}`, `{pangkat}`, `{jabatan}`, `{instansi}`, `{unit}`) stay symbolic.

use super::campaign::{CampaignKind, CampaignSettings};
use super::characters::{CharacterFault, kept, kept_line};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Most clauses in a text.
pub const CLAUSES_MAX: usize = 20;
/// Longest clause, in characters before placeholders are filled.
pub const CLAUSE_CHARS_MAX: usize = 1200;
/// Longest title, legal basis or closing, in characters.
pub const PART_CHARS_MAX: usize = 2000;

/// One clause (*butir*). Its id is what the signer's page sends back as agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    /// Unique within the text.
    pub id: String,
    /// One sentence or paragraph, white space folded.
    pub text: String,
}

/// A text to be agreed to. Field names and order of the JSON are part of the hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PledgeText {
    /// Version of this layout, 1.
    pub v: u8,
    /// Must be the campaign's kind.
    pub kind: CampaignKind,
    /// BCP 47, `id`.
    pub locale: String,
    /// The heading.
    pub title: String,
    /// The regulations it rests on; may be empty.
    pub legal_basis: String,
    /// What each signer ticks or reads, 1 to [`CLAUSES_MAX`].
    pub clauses: Vec<Clause>,
    /// The last sentence.
    pub closing: String,
}

/// Whether a text can be stored and shown: it has no control characters besides tabs and line ends. Not every database
/// can store a NUL, and pages and certificates can't show the others.
pub fn is_keepable(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

/// Why a text can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// No clause, or more than [`CLAUSES_MAX`].
    #[error("a text has 1 to {CLAUSES_MAX} clauses")]
    Clauses,
    /// A part is empty or too long; holds the part's name or the clause's id.
    #[error("a part of the text is empty or too long: {0}")]
    Length(String),
    /// A part has characters that can't be kept; holds the part's name or the clause's id, and the character.
    #[error("a part of the text has characters that can't be kept: {0}, {1}")]
    Characters(String, CharacterFault),
    /// A placeholder is unknown; holds it.
    #[error("unknown placeholder {0}")]
    Placeholder(String),
    /// Two clauses share an id; holds it.
    #[error("two clauses share the id {0}")]
    ClauseId(String),
}

/// The person placeholders, left symbolic in the canonical text.
pub const PERSON_PLACEHOLDERS: [&str; 6] = ["nama", "nip", "pangkat", "jabatan", "instansi", "unit"];

impl PledgeText {
    /// Fills the event's placeholders and checks the limits. The result is what is hashed.
    pub fn fill(&self, settings: &CampaignSettings) -> Result<Self, TextFault> {
        if !(1..=CLAUSES_MAX).contains(&self.clauses.len()) {
            return Err(TextFault::Clauses);
        }
        let mut clauses: Vec<Clause> = Vec::with_capacity(self.clauses.len());
        for clause in &self.clauses {
            if clauses.iter().any(|other| other.id == clause.id) {
                return Err(TextFault::ClauseId(clause.id.clone()));
            }
            if let Err(fault) = kept(&clause.id) {
                return Err(TextFault::Characters(clause.id.escape_default().to_string(), fault));
            }
            let text = part(&clause.id, &clause.text, CLAUSE_CHARS_MAX, settings)?;
            clauses.push(Clause { id: clause.id.clone(), text });
        }
        Ok(Self {
            v: 1,
            kind: self.kind,
            locale: self.locale.clone(),
            title: part("title", &self.title, PART_CHARS_MAX, settings)?,
            legal_basis: part("legal_basis", &self.legal_basis, PART_CHARS_MAX, settings)?,
            clauses,
            closing: part("closing", &self.closing, PART_CHARS_MAX, settings)?,
        })
    }

    /// The canonical bytes, UTF-8 JSON.
    pub fn canonical(&self) -> String {
        serde_json_canonicalizer::to_string(self).expect("a struct of strings always serialises")
    }

    /// SHA-256 of [`Self::canonical`]; what a credential and a pledge leaf refer to.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.canonical().as_bytes()).into()
    }

    /// Checks by id that each clause is agreed to. `Err` holds the id of the first missing one.
    pub fn all_agreed<'a>(&'a self, agreed: &[String]) -> Result<(), &'a str> {
        match self.clauses.iter().find(|clause| !agreed.contains(&clause.id)) {
            Some(missing) => Err(&missing.id),
            None => Ok(()),
        }
    }
}

fn part(name: &str, text: &str, chars_max: usize, settings: &CampaignSettings) -> Result<String, TextFault> {
    let text = kept_line(text).map_err(|fault| TextFault::Characters(name.into(), fault))?;
    let length = text.chars().count();
    if length > chars_max || (length == 0 && name != "legal_basis") {
        return Err(TextFault::Length(name.into()));
    }
    substitute(&text, |placeholder| match placeholder {
        "instansi_penyelenggara" => Some(settings.organizer.clone()),
        "kegiatan" => Some(settings.occasion.clone()),
        "tahun" => Some(settings.year.clone()),
        person if PERSON_PLACEHOLDERS.contains(&person) => Some(format!("{{{person}}}")),
        _ => None,
    })
    .map_err(TextFault::Placeholder)
}

/// Replaces each `{word}`. `Err` holds the first word for which `value` has no replacement.
pub fn substitute(text: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        let after = &rest[open + 1..];
        let close = after.find('}').ok_or_else(|| after.chars().take(30).collect::<String>())?;
        let word = &after[..close];
        filled.push_str(&value(word).ok_or_else(|| word.to_string())?);
        rest = &after[close + 1..];
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Zone;

    fn settings() -> CampaignSettings {
        CampaignSettings {
            title: "Ikrar".into(),
            organizer: "Pemerintah Provinsi Sumatera Selatan".into(),
            place: "Palembang".into(),
            occasion: "Pemilihan Umum".into(),
            year: "2029".into(),
            zone: Zone::Wib,
            officials: vec![],
            help_contact: "0711-000000".into(),
            signature_required: false,
            synthetic: true,
            group_level: crate::domain::reporting_group::GroupLevel::default(),
        }
    }

    fn text(clause: &str) -> PledgeText {
        PledgeText {
            v: 1,
            kind: CampaignKind::NeutralityPledge,
            locale: "id".into(),
            title: "Ikrar Netralitas".into(),
            legal_basis: String::new(),
            clauses: vec![Clause { id: "1".into(), text: clause.into() }],
            closing: "Demikian.".into(),
        }
    }

    #[test]
    fn event_placeholders_are_filled_and_person_ones_stay() {
        let filled = text("Saya, {nama}, netral pada {kegiatan} {tahun}.").fill(&settings()).unwrap();
        assert_eq!(filled.clauses[0].text, "Saya, {nama}, netral pada Pemilihan Umum 2029.");
        assert_eq!(text("{nam}").fill(&settings()), Err(TextFault::Placeholder("nam".into())));
    }

    #[test]
    fn what_nobody_can_see_is_refused() {
        for character in ["\0", "\u{1}", "\u{7f}", "\u{9d}"] {
            let fault = text(&format!("Saya{character} netral.")).fill(&settings()).unwrap_err();
            let character = character.chars().next().unwrap();
            assert_eq!(fault, TextFault::Characters("1".into(), CharacterFault::Control { character, place: 5 }));
        }
        assert!(is_keepable("Baris satu\r\n\tbaris dua, é 😀"));
        // White space of every kind is folded.
        assert!(text("Saya\u{85}netral.").fill(&settings()).is_ok());
    }

    #[test]
    fn canonical_bytes_sort_their_keys() {
        assert_eq!(
            text("A").canonical(),
            r#"{"clauses":[{"id":"1","text":"A"}],"closing":"Demikian.","kind":"neutrality_pledge","legal_basis":"","locale":"id","title":"Ikrar Netralitas","v":1}"#
        );
    }

    #[test]
    fn a_missing_clause_is_named() {
        assert_eq!(text("A").all_agreed(&[]), Err("1"));
        assert_eq!(text("A").all_agreed(&["1".into()]), Ok(()));
    }
}
