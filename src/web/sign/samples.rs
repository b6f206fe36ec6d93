//! Every state that a signer can meet, rendered in both languages.

use super::campaign_view::{CampaignView, Person};
use super::form::KeptTicks;
use super::notice_message::NoticeMessage;
use super::pages::{
    ClauseView, NotAcceptingPage, NotAcceptingReason, NoticeTone, ReadPage, ReceiptPage, ReportPage, ReportStatePage,
    ReportStateView, ReportWithoutCodePage, SignInPage, SignNotice, SignPhase, WaitingPage,
};
use crate::domain::campaign::CampaignKind;
use crate::domain::time::{UnixMillis, Zone};
use crate::i18n::{Lang, Localizer};
use askama::Template;

const PLEDGE: CampaignKind = CampaignKind::NeutralityPledge;
const PACT: CampaignKind = CampaignKind::IntegrityPact;
const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

fn campaign(opens_at: Option<UnixMillis>) -> CampaignView {
    CampaignView {
        slug: "sumsel".into(),
        kind: PLEDGE,
        title: "Ikrar Netralitas ASN Sumatera Selatan 2029".into(),
        organizer: "Pemerintah Provinsi Sumatera Selatan".into(),
        help_contact: "BKD Provinsi, 0711-000000".into(),
        synthetic: true,
        zone: Zone::Wib,
        opens_at,
        now: NOW,
    }
}

fn person() -> Person {
    Person {
        name: "Dr. Hj. Siti Aminah Kusumawardhani, S.E., M.Si.".into(),
        institution: "Pemerintah Kabupaten Ogan Komering Ulu Selatan".into(),
        unit: "Dinas Pendidikan <Kebudayaan>".into(),
        help_contact: "BKPSDM, 0735-000000".into(),
        mark: "AbCdEfGh".into(),
    }
}

fn sign_in(w: Localizer, phase: SignPhase, notice: Option<SignNotice>) -> String {
    let page = SignInPage {
        w,
        campaign: campaign(Some(NOW.plus_secs(90))),
        phase,
        notice,
        kept: KeptTicks { agreed: vec!["1".into()], missing: None },
        mark: "AbCdEfGh".into(),
        identifier: "19700101199503100".into(),
        letters: false,
        shared: true,
    };
    page.render().unwrap()
}

fn read(w: Localizer, notice: Option<SignNotice>, before_opening: bool, signature_required: bool) -> String {
    let missing = notice.is_some();
    let clauses = (1..=4).map(|number| ClauseView {
        id: number.to_string(),
        anchor: format!("butir-{number}"),
        number,
        text: "Menjaga netralitas dalam melayani semua orang.".into(),
        ticked: number == 1,
        missing: missing && number == 3,
    });
    let opens_at = before_opening.then(|| NOW.plus_secs(4000));
    let page = ReadPage {
        w,
        campaign: CampaignView { kind: if signature_required { PACT } else { PLEDGE }, ..campaign(opens_at) },
        person: person(),
        notice,
        title: "Ikrar Netralitas".into(),
        legal_basis: String::new(),
        clauses: clauses.collect(),
        closing: "Demikian ikrar ini dibuat.".into(),
        text_hash: "aGFzaA".into(),
        signature_required,
        before_opening,
        refresh_secs: before_opening.then_some(4001),
    };
    page.render().unwrap()
}

fn not_accepting(w: Localizer, reason: NotAcceptingReason) -> String {
    let refresh_secs = (reason == NotAcceptingReason::Paused).then_some(25);
    NotAcceptingPage { w, campaign: campaign(None), person: Some(person()), reason, refresh_secs }.render().unwrap()
}

fn receipt(w: Localizer, kind: CampaignKind, fresh: bool, shared: bool, revoked: bool) -> String {
    let page = ReceiptPage {
        w,
        campaign: CampaignView { kind, ..campaign(None) },
        person: person(),
        fresh,
        shared,
        revoked,
        signed_at: "27 Des 2023, 09.15.42 WIB".into(),
        signed_on: "27 Desember 2023 pukul 09.15 WIB".into(),
        serial: "7Z3KD-0QW9X-4MNP".into(),
        sequence: "180.751".into(),
        qr_png: "iVBORw0KGgo=".into(),
        certificate: "/c/x.pdf".into(),
        certificate_url: "https://ikrar.example/c/x.pdf".into(),
        own_copy: Some("/k/uji/receipt/own".into()),
        sign_out_path: "/k/sumsel/leave?tanda=AAAAAAAAAAAAAAAA".into(),
    };
    page.render().unwrap()
}

fn report(w: Localizer, done: bool, notice: Option<SignNotice>) -> String {
    let signed_on = "27 Desember 2023 pukul 09.15 WIB".into();
    let report = done.then(|| report_state(w, Some(w.t("report-outcome-told"))));
    ReportPage { w, campaign: campaign(None), person: person(), signed_on, done, notice, report }.render().unwrap()
}

fn report_state(w: Localizer, outcome: Option<String>) -> ReportStateView {
    ReportStateView {
        number: "7KQ-2M9-XD0-4TR".into(),
        reported: "27 Desember 2023 pukul 09.15 WIB".into(),
        standing: w.t("report-state-open"),
        outcome,
    }
}

fn report_without_code(w: Localizer, notice: Option<SignNotice>, state_notice: Option<SignNotice>) -> String {
    let page = ReportWithoutCodePage {
        w,
        campaign: campaign(None),
        form_token: "AAAAAAAAAAAAAAAAAAAAAA".into(),
        notice,
        identifier: "\"><b>1970".into(),
        contact: "\"><b>0812".into(),
        message: "<Kebudayaan>\"><b>".into(),
        state_notice,
        number: "\"><b>7KQ".into(),
    };
    page.render().unwrap()
}

fn report_without_code_state(w: Localizer, fresh: bool, outcome: Option<String>) -> String {
    ReportStatePage { w, campaign: campaign(None), report: report_state(w, outcome), fresh }.render().unwrap()
}

fn left_until(w: Localizer) -> SignNotice {
    let detail = w.with("sign-left-until-next", &[("moment", "27 Desember 2023 pukul 21.15 WIB")]);
    SignNotice { tone: NoticeTone::Warn, title: w.t("sign-left-until"), detail }
}

/// Every state by name, as a page.
fn all(w: Localizer) -> Vec<(&'static str, String)> {
    let bad = |message| Some(SignNotice::with_contact(w, NoticeTone::Bad, message, "BKD"));
    let waiting = SignNotice::new(w, NoticeTone::Warn, NoticeMessage::Waiting);
    let fields = vec![("step".into(), "pledge".into()), ("butir".into(), "\"><b>".into())];
    vec![
        ("sign in", sign_in(w, SignPhase::Open, None)),
        ("sign in before opening", sign_in(w, SignPhase::BeforeOpening, None)),
        ("sign in while paused", sign_in(w, SignPhase::Paused, None)),
        ("sign in after closing", sign_in(w, SignPhase::Closed, None)),
        ("refused", sign_in(w, SignPhase::Open, bad(NoticeMessage::Wrong))),
        ("code mistyped", sign_in(w, SignPhase::Open, bad(NoticeMessage::CodeShape))),
        ("number too short", sign_in(w, SignPhase::Open, bad(NoticeMessage::NumberLength))),
        ("number impossible", sign_in(w, SignPhase::Open, bad(NoticeMessage::NumberImpossible))),
        ("number of no form", sign_in(w, SignPhase::Open, bad(NoticeMessage::NumberForm))),
        ("number empty", sign_in(w, SignPhase::Open, bad(NoticeMessage::NumberEmpty))),
        (
            "session expired",
            sign_in(w, SignPhase::Open, Some(SignNotice::new(w, NoticeTone::Warn, NoticeMessage::Expired))),
        ),
        ("left", sign_in(w, SignPhase::Open, Some(SignNotice::new(w, NoticeTone::Ok, NoticeMessage::Left)))),
        ("signed out, and the session goes on", sign_in(w, SignPhase::Open, Some(left_until(w)))),
        ("not open yet", read(w, None, true, false)),
        ("not open after all", read(w, bad(NoticeMessage::NotOpen), true, false)),
        ("read", read(w, None, false, false)),
        ("read and draw", read(w, None, false, true)),
        ("clause missing", read(w, bad(NoticeMessage::ClauseMissing), false, false)),
        ("signature missing", read(w, bad(NoticeMessage::SignatureMissing), false, true)),
        ("drawing refused", read(w, bad(NoticeMessage::StrokesInvalid), false, true)),
        ("name differs", read(w, bad(NoticeMessage::NameDiffers), false, true)),
        ("text changed", read(w, bad(NoticeMessage::TextChanged), false, false)),
        ("paused", not_accepting(w, NotAcceptingReason::Paused)),
        ("closed", not_accepting(w, NotAcceptingReason::Closed)),
        ("cancelled", not_accepting(w, NotAcceptingReason::Cancelled)),
        ("excused", not_accepting(w, NotAcceptingReason::Excused)),
        ("waiting your turn", WaitingPage { w, campaign: campaign(None), notice: waiting, fields }.render().unwrap()),
        ("signed", receipt(w, PLEDGE, true, false, false)),
        ("signed on a shared device", receipt(w, PLEDGE, true, true, false)),
        ("signed before", receipt(w, PLEDGE, false, false, false)),
        ("revoked", receipt(w, PLEDGE, false, false, true)),
        ("pact signed", receipt(w, PACT, true, false, false)),
        ("pact revoked", receipt(w, PACT, false, false, true)),
        ("report", report(w, false, None)),
        ("report empty", report(w, false, bad(NoticeMessage::ReportEmpty))),
        ("reported", report(w, true, None)),
        ("report without code", report_without_code(w, None, None)),
        ("report without contact", report_without_code(w, bad(NoticeMessage::ReportContact), None)),
        ("too many reports", report_without_code(w, bad(NoticeMessage::ReportsTooMany), None)),
        ("report number mistyped", report_without_code(w, None, bad(NoticeMessage::ReportNumberTypo))),
        ("report number unknown", report_without_code(w, None, bad(NoticeMessage::ReportUnknown))),
        ("too many states", report_without_code(w, None, bad(NoticeMessage::ReportStatesTooMany))),
        ("reported without code", report_without_code_state(w, true, None)),
        ("report waits", report_without_code_state(w, false, None)),
        ("report resolved", report_without_code_state(w, false, Some(w.t("report-outcome-told")))),
    ]
}

#[test]
fn every_state_renders_in_both_languages_with_words_and_a_next_step() {
    for lang in [Lang::Id, Lang::En] {
        for (name, html) in all(Localizer(lang)) {
            assert!(html.contains(&format!("<html lang=\"{}\">", lang.as_str())), "{name}");
            assert!(!html.contains("Unknown localization"), "{name} lacks words: {html}");
            assert!(!html.contains("<Kebudayaan>") && !html.contains("\"><b>"), "{name} doesn't escape");
            let step = ["class=\"button", "<form"].iter().any(|step| html.contains(step));
            assert!(step, "{name} has no next step");
            let inline = ["style=", "onclick=", "javascript:", "<style", "<script>"];
            assert!(inline.iter().all(|bad| !html.contains(bad)), "{name} has something inline");
        }
    }
}

#[test]
fn a_page_stays_small() {
    // Together with style sheet and scripts the first page then stays below 50 KB, even uncompressed.
    for (name, html) in all(Localizer(Lang::Id)) {
        assert!(html.len() < 12_000, "{name}: {}", html.len());
    }
}
