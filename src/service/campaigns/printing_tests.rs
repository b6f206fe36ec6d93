//! A draft of which something can't be printed isn't locked, and the refusal says whose.

use super::rules::tests::settings;
use super::scenarios::Stage;
use super::*;
use crate::certificate::printable::Unprintable;
use crate::domain::campaign::CampaignSettings;
use crate::domain::identifier::Identifier;
use crate::domain::ids::ParticipantId;
use crate::domain::institution::Institution;
use crate::domain::participant::Participant;
use crate::domain::unit::Unit;
use crate::i18n::{Lang, Localizer};
use crate::store::rosters::{Activation, RosterVersion};
use printing::PrintedPart;

/// People with these names and positions, below one unit, as an older version stored them.
async fn store_roster(stage: &Stage, draft: &Campaign, unit: &str, people: &[(&str, &str)]) {
    let line = |store: &Campaigns| store.line(draft.id, "uji", AuditEvent::SettingsSaved { title: String::new() });
    let institution =
        Institution { code: "16".into(), name: "Provinsi".into(), position: 0, help_contact: String::new() };
    stage.store.save_institutions(draft.id, &[institution], &[], &line(&stage.campaigns)).await.unwrap();
    let roster = [9; 16];
    stage.store.begin_roster(draft.id, roster, None, UnixMillis(0), "uji").await.unwrap();
    let unit = Unit { id: 1, institution: "16".into(), parent: None, name: unit.into() };
    stage.store.stage_units(draft.id, roster, &[unit]).await.unwrap();
    let person = |(number, (name, position)): (u8, &(&str, &str))| Participant {
        id: ParticipantId([number; 16]),
        identifier: Identifier::number("16", &number.to_string()).unwrap(),
        shown_name: (*name).into(),
        institution: "16".into(),
        unit: Some(1),
        location: String::new(),
        rank: String::new(),
        position: (*position).into(),
        employment: None,
    };
    let staged: Vec<_> = (1..).zip(people).map(person).collect();
    stage.store.stage_people(draft.id, roster, &staged).await.unwrap();
    let activation = Activation {
        roster,
        before: vec![("16".into(), RosterVersion::default())],
        created: vec![],
        same_institutions: vec![],
        renames: vec![],
        switched: vec!["16".into()],
        taken_over: vec![],
        next_numbers: vec![],
        people: people.len() as u64,
        columns: vec![],
    };
    stage.store.activate_roster(draft.id, &activation, &line(&stage.campaigns)).await.unwrap();
}

async fn refused(unit: &str, people: &[(&str, &str)]) -> Option<(UnprintablePart, String)> {
    let stage = Stage::set("http://ikrar.test").await;
    let draft = stage.draft(None, None).await;
    store_roster(&stage, &draft, unit, people).await;
    let locked = stage.campaigns.lock("admin", &draft).await;
    let is_locked = stage.campaigns.find("sumsel").await.unwrap().state == CampaignState::Locked;
    match locked {
        Ok(()) => {
            assert!(is_locked);
            None
        }
        Err(refusal) => {
            assert!(!is_locked);
            let words = refusal.words(Localizer(Lang::En));
            match refusal {
                CampaignRefusal::Unprintable(part) => Some((*part, words)),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_person_who_cannot_be_printed_is_named_when_the_campaign_is_locked() {
    let people = [("Siti Ḥasanah", "Kepala"), ("Budi → Tono", "Staf"), ("Joko", "✓"), ("Dewi", "王")];
    let (part, words) = refused("Dinas", &people).await.unwrap();
    assert_eq!(part.unprintable, Unprintable { character: '→', place: 6 });
    assert_eq!(part.part, PrintedPart::Person { institution: "16".into(), name: "Budi → Tono".into() });
    assert_eq!(part.others, 2);
    assert!(words.contains("Budi → Tono") && words.contains("U+2192") && words.contains("2 other"), "{words}");
}

#[tokio::test]
async fn a_unit_that_cannot_be_printed_is_named_and_what_can_be_is_locked() {
    let (part, words) = refused("Dinas ✓", &[("Siti", "")]).await.unwrap();
    assert_eq!(part.part, PrintedPart::Unit { institution: "16".into(), name: "Dinas ✓".into() });
    assert!(words.contains("Dinas ✓") && words.contains("U+2713"), "{words}");
    assert_eq!(refused("Dinas", &[("Siti Ṣāliḥah", "Kepala – Bidang")]).await, None);
}

#[tokio::test]
async fn texts_and_institutions_that_cannot_be_printed_are_not_saved() {
    let stage = Stage::set("http://ikrar.test").await;
    let draft = stage.draft(None, None).await;
    let mut text = super::templates::TEMPLATES[0].text();
    text.clauses[1].text.push('→');
    let id = text.clauses[1].id.clone();
    let Err(CampaignRefusal::Unprintable(part)) = stage.campaigns.save_text("admin", &draft, &text).await else {
        panic!("an arrow was saved")
    };
    assert_eq!(part.part, PrintedPart::Text(id));
    text.clauses[1].text = "Saya\u{202E} netral.".into();
    let turned = stage.campaigns.save_text("admin", &draft, &text).await.unwrap_err();
    assert!(turned.words(Localizer(Lang::En)).contains("U+202E at letter 5"), "{turned:?}");
    for (name, contact) in [("Kota ✓", ""), ("Kota\u{2066}", ""), ("Kota", "☎ 0711")] {
        let saved = stage.campaigns.add_institution("admin", &draft, "16.71", name, contact, "").await;
        assert!(matches!(saved, Err(CampaignRefusal::Settings(_))), "{name}");
    }
    // An arrow in the occasion would come into the text by its placeholder.
    let settings = CampaignSettings { occasion: "Pemilu →".into(), ..settings() };
    let saved = stage.campaigns.save_settings("admin", &draft, settings).await;
    assert!(matches!(saved, Err(CampaignRefusal::Settings(_))));
}
