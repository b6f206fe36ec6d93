//! A result as the page shows it. The browser's script fills the same markup.

use crate::domain::campaign::CampaignKind;
use crate::domain::pledge::Method;
use crate::domain::time::{UnixMillis, Zone};
use crate::i18n::Localizer;
use crate::service::records::{RecordedContext, SerialMatch};
use crate::verification::{
    Addition, AdditionKind, Extension, Headline, LogCheck, Page, RevocationCheck, ShownClaims, Tone, Verdict,
    VerificationReport,
};
use crate::web::local_time;

/// How a check went; its label says the same as its colour.
pub struct CheckLine {
    pub tone: Tone,
    pub label: String,
}

pub struct Fact {
    pub label: String,
    pub value: String,
}

/// What `templates/verify/result.html` shows.
pub struct ResultView {
    /// The id of its heading.
    pub id: &'static str,
    pub tone: Tone,
    pub headline: String,
    pub means: String,
    /// Whose pledge it is: what has to be compared with the print or the file.
    pub who: Vec<Fact>,
    pub checks: Vec<CheckLine>,
    pub facts: Vec<Fact>,
    pub text_title: String,
    pub clauses: Vec<String>,
    /// The address of the certificate's image, below a green verdict.
    pub copy: Option<String>,
    /// What was added to a sealed file.
    pub additions: Vec<String>,
    /// The address of the certificate as it was issued, beside a file to which something was added.
    pub original: Option<String>,
}

impl ResultView {
    /// An empty result for the script to fill.
    pub fn blank() -> Self {
        Self {
            id: "verdict-template",
            tone: Tone::Warn,
            headline: String::new(),
            means: String::new(),
            who: vec![],
            checks: vec![],
            facts: vec![],
            text_title: String::new(),
            clauses: vec![],
            copy: None,
            additions: vec![],
            original: None,
        }
    }

    pub fn of_report(w: Localizer, report: &VerificationReport, context: Option<&RecordedContext>) -> Self {
        let [headline, means] = headline_keys(report.outcome().headline);
        let mut view = Self {
            id: "verdict",
            tone: report.outcome().tone,
            headline: w.t(&headline),
            means: w.t(&means),
            checks: checks(w, report),
            ..Self::blank()
        };
        if let Some(claims) = &report.claims {
            view.who = who(w, claims, context);
            view.facts = facts(w, claims, report, context);
        }
        let has_copy = context.is_some_and(|context| context.has_inspection_copy);
        if let (Tone::Ok, Some(claims), true) = (view.tone, &report.claims, has_copy) {
            view.copy = Some(format!("/c/{}.html", claims.pledge_id));
        }
        if let Some(extension) = &report.extension {
            view.additions = additions(w, extension);
            let recorded = report.claims.as_ref().filter(|_| context.is_some());
            view.original = recorded.map(|claims| format!("/c/{}.pdf", claims.pledge_id));
        }
        if let Some(text) = context.and_then(|context| context.text.as_ref()) {
            view.text_title = text.title.clone();
            view.clauses = text.clauses.iter().map(|clause| clause.text.clone()).collect();
        }
        view
    }

    pub fn of_serial(w: Localizer, found: &SerialMatch) -> Self {
        let (tone, key, means) = match found.verdict {
            Verdict::Revoked => (Tone::Bad, "verify-verdict-revoked", "verify-verdict-revoked-means"),
            Verdict::Valid => (Tone::Ok, "verify-recorded", "verify-recorded-means"),
            _ => (Tone::Bad, "verify-verdict-not-in-log", "verify-serial-unknown-means"),
        };
        let facts = found.pledge.iter().flat_map(|pledge| {
            [
                ("verify-fact-serial", pledge.serial.to_string()),
                ("verify-fact-initials", pledge.initials.clone()),
                ("verify-fact-institution", pledge.institution.clone()),
                ("verify-fact-date", local_time::date(w, pledge.zone, pledge.signed_at)),
            ]
        });
        let facts = facts.map(|(key, value)| Fact { label: w.t(key), value }).collect();
        Self { id: "verdict", tone, headline: w.t(key), means: w.t(means), facts, ..Self::blank() }
    }
}

/// The message of a headline, and of its explanation.
pub fn headline_keys(headline: Headline) -> [String; 2] {
    let word = headline.as_str();
    [format!("verify-verdict-{word}"), format!("verify-verdict-{word}-means")]
}

/// What was checked and what wasn't. Empty unless the credential is genuine, since nothing else counts otherwise.
pub fn checks(w: Localizer, report: &VerificationReport) -> Vec<CheckLine> {
    let is_document = report.verdict == Verdict::Document;
    if report.claims.is_none() && !is_document {
        return vec![];
    }
    let revocation = match (report.revocation, report.verdict) {
        (RevocationCheck::NotChecked, _) => (Tone::Warn, "verify-check-not-checked"),
        (RevocationCheck::Saved, Verdict::Revoked) => (Tone::Bad, "verify-check-saved-revoked"),
        (RevocationCheck::Saved, _) => (Tone::Warn, "verify-check-saved"),
        (RevocationCheck::Checked, Verdict::Revoked) => (Tone::Bad, "verify-check-revoked"),
        (RevocationCheck::Checked, Verdict::Replaced) => (Tone::Warn, "verify-check-replaced"),
        (RevocationCheck::Checked, Verdict::NotInLog) => (Tone::Bad, "verify-check-missing"),
        (RevocationCheck::Checked, _) => (Tone::Ok, "verify-check-active"),
    };
    // Every genuine certificate lacks a proof at first, so a missing proof is listed among the facts.
    let log = (report.log == LogCheck::Proven).then_some((Tone::Ok, "verify-check-log-proven"));
    let page = match report.page {
        Page::Sealed => Some((Tone::Ok, "verify-check-page-sealed")),
        Page::Extended => Some((Tone::Warn, "verify-check-page-extended")),
        Page::Unsealed => Some((Tone::Warn, "verify-check-page-unsealed")),
        Page::Altered => Some((Tone::Bad, "verify-check-page-altered")),
        Page::None => None,
    };
    // A document has no pledge whose standing could be checked.
    let of_pledge =
        [Some((Tone::Ok, "verify-check-signature")), Some(revocation)].map(|line| line.filter(|_| !is_document));
    let found = of_pledge.into_iter().chain([log, page]);
    found.flatten().map(|(tone, key)| CheckLine { tone, label: w.t(key) }).collect()
}

/// The message of a kind of addition.
pub fn addition_key(kind: AdditionKind) -> String {
    format!("verify-addition-{}", kind.as_str())
}

/// What was added to a sealed file, one kind and signer per line.
pub fn additions(w: Localizer, extension: &Extension) -> Vec<String> {
    let line = |addition: &Addition| {
        let key = addition_key(addition.kind);
        match &addition.signer {
            Some(signer) => w.with("verify-addition-of", &[("what", &w.t(&key)), ("signer", signer)]),
            None => w.t(&key),
        }
    };
    extension.additions.iter().map(line).collect()
}

/// Whose pledge it is. Without a context the institution is named by its code, since the credential carries no more.
pub fn who(w: Localizer, claims: &ShownClaims, context: Option<&RecordedContext>) -> Vec<Fact> {
    let institution = match context {
        Some(context) => context.institution.clone(),
        None => w.with("verify-institution-code", &[("code", &claims.institution)]),
    };
    let who = [
        ("verify-fact-name", claims.name.clone()),
        ("verify-fact-number", format!("•••• {}", claims.last4)),
        ("verify-fact-institution", institution),
    ];
    who.into_iter().map(|(key, value)| Fact { label: w.t(key), value }).collect()
}

/// What was signed, one fact per line. Without a context, times are in WIB.
pub fn facts(
    w: Localizer,
    claims: &ShownClaims,
    report: &VerificationReport,
    context: Option<&RecordedContext>,
) -> Vec<Fact> {
    let zone = context.map_or(Zone::Wib, |context| context.campaign.settings.zone);
    let signed_at =
        UnixMillis::parse_rfc3339(&claims.signed_at).map(|at| local_time::moment(w, zone, at)).unwrap_or_default();
    let kind = match claims.kind {
        CampaignKind::NeutralityPledge => "verify-kind-neutrality-pledge",
        CampaignKind::IntegrityPact => "verify-kind-integrity-pact",
    };
    let method = match claims.method {
        Method::OwnDevice => "verify-method-own-device",
        Method::SharedDevice => "verify-method-shared-device",
        Method::Assisted => "verify-method-assisted",
    };
    let campaign = context.map(|context| context.campaign.settings.title.clone());
    let proof = (report.log == LogCheck::NotChecked).then(|| w.t("verify-proof-not-checked"));
    let facts = [
        ("verify-fact-kind", Some(w.t(kind))),
        ("verify-fact-event", campaign),
        ("verify-fact-signed", Some(signed_at)),
        ("verify-fact-method", Some(w.t(method))),
        ("verify-fact-serial", Some(claims.serial.clone())),
        ("verify-fact-issuer", report.issuer.clone()),
        ("verify-fact-proof", proof),
    ];
    facts.into_iter().filter_map(|(key, value)| Some(Fact { label: w.t(key), value: value? })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_headline_has_words_and_an_explanation() {
        check_built_keys("verify-verdict-{}", Headline::ALL.map(Headline::as_str));
        check_built_keys("verify-verdict-{}-means", Headline::ALL.map(Headline::as_str));
    }

    #[test]
    fn every_kind_of_addition_has_words() {
        check_built_keys("verify-addition-{}", AdditionKind::ALL.map(AdditionKind::as_str));
    }
}
