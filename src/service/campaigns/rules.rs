//! The limits of a campaign's settings, times and reasons.

use super::CampaignRefusal;
use super::printing::{LineFault, printable_line};
use crate::domain::campaign::{Campaign, CampaignSettings, CampaignState, Official};
use crate::domain::characters::kept_line;
use crate::domain::time::UnixMillis;
use crate::every_variant::every_variant;

/// Longest title, in characters (Unicode scalar values).
pub const TITLE_CHARS_MAX: usize = 200;
/// Longest organizer, place, occasion, help contact, official's name and official's position, in characters.
pub const LINE_CHARS_MAX: usize = 160;
/// Longest year, in characters.
pub const YEAR_CHARS_MAX: usize = 20;
/// Most officials on the certificate.
pub const OFFICIALS_MAX: usize = 6;
/// Longest reason of a step, in characters.
pub const REASON_CHARS_MAX: usize = 500;

/// A setting that is empty or too long, or holds a character that can't be kept or printed: then with this character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the setting {} is empty or too long or has characters that can't be kept or printed", .0.as_str())]
pub struct SettingsFault(pub SettingsField, pub Option<LineFault>);

/// A setting, as the form has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsField {
    /// The title: 1 to [`TITLE_CHARS_MAX`] characters.
    Title,
    /// The organizer: up to [`LINE_CHARS_MAX`] characters.
    Organizer,
    /// The place: up to [`LINE_CHARS_MAX`] characters.
    Place,
    /// The occasion: up to [`LINE_CHARS_MAX`] characters.
    Occasion,
    /// The year: up to [`YEAR_CHARS_MAX`] characters.
    Year,
    /// The help contact of a campaign or an institution: up to [`LINE_CHARS_MAX`] characters.
    HelpContact,
    /// The officials: up to [`OFFICIALS_MAX`], each with a name and a position of up to [`LINE_CHARS_MAX`] characters.
    Officials,
    /// The institutions: up to 2,000 in one call, each with a code, a name of 1 to [`LINE_CHARS_MAX`] characters and a
    /// help contact of up to as many.
    Institutions,
}

impl SettingsField {
    /// Every setting.
    pub const ALL: [Self; 8] = every_variant!(SettingsField:
        Title, Organizer, Place, Occasion, Year, HelpContact, Officials, Institutions
    );

    /// The last part of its message key, such as `help-contact`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Organizer => "organizer",
            Self::Place => "place",
            Self::Occasion => "occasion",
            Self::Year => "year",
            Self::HelpContact => "help-contact",
            Self::Officials => "officials",
            Self::Institutions => "institutions",
        }
    }
}

/// What keeps a draft from being locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The settings name no organizer.
    Organizer,
    /// The settings name no place.
    Place,
    /// The settings name no help contact.
    HelpContact,
    /// No text is in force.
    Text,
    /// Nobody is on the roster.
    People,
    /// The closing time has passed.
    Times,
}

/// Folds white space and checks lengths and characters. Empty organizer, place and contact are allowed until the
/// campaign is locked.
pub fn checked(settings: CampaignSettings) -> Result<CampaignSettings, SettingsFault> {
    let line = |field: SettingsField, text: &str, chars_max: usize| -> Result<String, SettingsFault> {
        let text = printable_line(text).map_err(|fault| SettingsFault(field, Some(fault)))?;
        if text.chars().count() <= chars_max { Ok(text) } else { Err(SettingsFault(field, None)) }
    };
    let title = line(SettingsField::Title, &settings.title, TITLE_CHARS_MAX)?;
    if title.is_empty() {
        return Err(SettingsFault(SettingsField::Title, None));
    }
    let mut officials = vec![];
    for official in &settings.officials {
        let name = line(SettingsField::Officials, &official.name, LINE_CHARS_MAX)?;
        let position = line(SettingsField::Officials, &official.position, LINE_CHARS_MAX)?;
        match (name.is_empty(), position.is_empty()) {
            (true, true) => {}
            (false, false) => officials.push(Official { name, position }),
            _ => return Err(SettingsFault(SettingsField::Officials, None)),
        }
    }
    if officials.len() > OFFICIALS_MAX {
        return Err(SettingsFault(SettingsField::Officials, None));
    }
    Ok(CampaignSettings {
        title,
        organizer: line(SettingsField::Organizer, &settings.organizer, LINE_CHARS_MAX)?,
        place: line(SettingsField::Place, &settings.place, LINE_CHARS_MAX)?,
        occasion: line(SettingsField::Occasion, &settings.occasion, LINE_CHARS_MAX)?,
        year: line(SettingsField::Year, &settings.year, YEAR_CHARS_MAX)?,
        help_contact: line(SettingsField::HelpContact, &settings.help_contact, LINE_CHARS_MAX)?,
        officials,
        ..settings
    })
}

/// What a draft still needs. `people` is the number of people on its roster.
pub fn missing(campaign: &Campaign, people: u64, now: UnixMillis) -> Vec<Missing> {
    let settings = &campaign.settings;
    [
        (settings.organizer.is_empty(), Missing::Organizer),
        (settings.place.is_empty(), Missing::Place),
        (settings.help_contact.is_empty(), Missing::HelpContact),
        (campaign.text_hash.is_none(), Missing::Text),
        (people == 0, Missing::People),
        (campaign.closes_at.is_some_and(|at| at <= now), Missing::Times),
    ]
    .into_iter()
    .filter_map(|(is_missing, what)| is_missing.then_some(what))
    .collect()
}

/// Checks new times against the campaign's state and `now`.
///
/// The closing must lie after the opening. In a draft nothing else is required; in a locked campaign the closing must
/// lie ahead. While it is open or paused, only the closing moves, and only to an instant ahead.
pub fn check_times(
    campaign: &Campaign,
    opens_at: Option<UnixMillis>,
    closes_at: Option<UnixMillis>,
    now: UnixMillis,
) -> Result<(), CampaignRefusal> {
    let in_order = match (opens_at, closes_at) {
        (Some(opens_at), Some(closes_at)) => opens_at < closes_at,
        _ => true,
    };
    let to_come = closes_at.is_none_or(|at| now < at);
    let allowed = match campaign.state {
        CampaignState::Draft => in_order,
        CampaignState::Locked => in_order && to_come,
        CampaignState::Open | CampaignState::Paused => in_order && to_come && opens_at == campaign.opens_at,
        CampaignState::Closing | CampaignState::Closed | CampaignState::Cancelled => {
            return Err(CampaignRefusal::NotAllowed(campaign.state));
        }
    };
    if allowed { Ok(()) } else { Err(CampaignRefusal::Times) }
}

/// A reason with its white space folded. `Err` when it is longer than [`REASON_CHARS_MAX`] characters, holds control
/// characters, or has fewer than 3 characters where one is required.
pub fn checked_reason(reason: &str, is_required: bool) -> Result<String, CampaignRefusal> {
    let reason = kept_line(reason).map_err(|_| CampaignRefusal::Reason)?;
    let length = reason.chars().count();
    let fits = length <= REASON_CHARS_MAX && (length >= 3 || !is_required);
    if fits { Ok(reason) } else { Err(CampaignRefusal::Reason) }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::campaign::CampaignKind;
    use crate::domain::ids::CampaignId;
    use crate::domain::reporting_group::GroupLevel;
    use crate::domain::time::Zone;

    pub fn settings() -> CampaignSettings {
        CampaignSettings {
            title: "Ikrar Netralitas".into(),
            organizer: "Pemerintah Provinsi Sumatera Selatan".into(),
            place: "Palembang".into(),
            occasion: "Pemilihan Umum".into(),
            year: "2029".into(),
            zone: Zone::Wib,
            officials: vec![],
            help_contact: "BKD, 0711 000000".into(),
            signature_required: false,
            synthetic: true,
            group_level: GroupLevel::Automatic,
        }
    }

    fn campaign(state: CampaignState) -> Campaign {
        Campaign {
            id: CampaignId([1; 16]),
            slug: "sumsel".into(),
            kind: CampaignKind::NeutralityPledge,
            settings: settings(),
            state,
            opens_at: Some(UnixMillis(1_000)),
            closes_at: Some(UnixMillis(9_000)),
            text_hash: None,
            sealed_secret: vec![],
            log_key: String::new(),
            created_at: UnixMillis(0),
        }
    }

    #[test]
    fn an_open_campaign_moves_only_its_closing_and_only_ahead() {
        let open = campaign(CampaignState::Open);
        let now = UnixMillis(5_000);
        let (opens, later) = (open.opens_at, Some(UnixMillis(20_000)));
        assert!(check_times(&open, opens, later, now).is_ok());
        assert!(check_times(&open, opens, None, now).is_ok());
        assert!(check_times(&open, opens, Some(UnixMillis(4_000)), now).is_err());
        assert!(check_times(&open, None, later, now).is_err());
        assert!(matches!(
            check_times(&campaign(CampaignState::Closed), opens, later, now),
            Err(CampaignRefusal::NotAllowed(CampaignState::Closed))
        ));
    }

    #[test]
    fn the_checklist_names_what_is_missing() {
        let mut draft = campaign(CampaignState::Draft);
        draft.settings.place = String::new();
        assert_eq!(missing(&draft, 0, UnixMillis(1)), [Missing::Place, Missing::Text, Missing::People]);
        draft.settings.place = "Palembang".into();
        draft.text_hash = Some([0; 32]);
        assert_eq!(missing(&draft, 1, UnixMillis(9_000)), [Missing::Times]);
        assert_eq!(missing(&draft, 1, UnixMillis(8_999)), []);
    }

    #[test]
    fn half_an_official_is_refused_and_an_empty_one_left_out() {
        let official = |name: &str, position: &str| Official { name: name.into(), position: position.into() };
        let with = |officials| checked(CampaignSettings { officials, ..settings() });
        assert_eq!(with(vec![official("", " ")]).unwrap().officials, []);
        assert_eq!(with(vec![official("Budi", "")]), Err(SettingsFault(SettingsField::Officials, None)));
        assert_eq!(
            checked(CampaignSettings { title: " ".into(), ..settings() }),
            Err(SettingsFault(SettingsField::Title, None))
        );
    }

    #[test]
    fn what_cannot_be_printed_is_refused_with_its_field_and_character() {
        use crate::certificate::printable::Unprintable;
        use crate::domain::characters::CharacterFault;
        let arrow = LineFault::Unprintable(Unprintable { character: '→', place: 3 });
        let turned = LineFault::Character(CharacterFault::Direction { character: '\u{202E}', place: 3 });
        let faults = |text: &str, fault: LineFault| {
            let official = |name: &str, position: &str| Official { name: name.into(), position: position.into() };
            let text = || text.to_string();
            for (field, settings) in [
                (SettingsField::Title, CampaignSettings { title: text(), ..settings() }),
                (SettingsField::Organizer, CampaignSettings { organizer: text(), ..settings() }),
                (SettingsField::Place, CampaignSettings { place: text(), ..settings() }),
                (SettingsField::Occasion, CampaignSettings { occasion: text(), ..settings() }),
                (SettingsField::Year, CampaignSettings { year: text(), ..settings() }),
                (SettingsField::HelpContact, CampaignSettings { help_contact: text(), ..settings() }),
                (
                    SettingsField::Officials,
                    CampaignSettings { officials: vec![official(&text(), "Gubernur")], ..settings() },
                ),
                (
                    SettingsField::Officials,
                    CampaignSettings { officials: vec![official("Budi", &text())], ..settings() },
                ),
            ] {
                assert_eq!(checked(settings), Err(SettingsFault(field, Some(fault))), "{field:?}");
            }
        };
        faults("ab→", arrow);
        faults("ab\u{202E}", turned);
        let kept = checked(CampaignSettings { title: "Ikrar\u{200B} \u{AD}Jose\u{301}".into(), ..settings() });
        assert_eq!(kept.unwrap().title, "Ikrar José");
    }
}
