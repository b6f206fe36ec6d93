//! What `ikrar fsck` says about the audit trails: the installation's and each campaign's.

use crate::app::integrity::{Integrity, TrailIntegrity};
use crate::domain::campaign::Campaign;
use crate::domain::ids::CampaignId;
use crate::i18n::Localizer;
use crate::service::audit_trail::{CheckedTrail, NotedHash, TrailFaultKind};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};

pub(super) struct Trails {
    trails: Vec<(String, TrailIntegrity)>,
    /// Whether the noted hash was found; `None` if none was given.
    noted: Option<bool>,
}

/// Checks all trails, or only this campaign's. A trail of a campaign that isn't listed is named `?`.
pub(super) async fn examined(
    integrity: &Integrity,
    campaigns: &[Campaign],
    only: Option<CampaignId>,
    noted: Option<NotedHash>,
) -> anyhow::Result<Trails> {
    let is_asked = noted.is_some();
    let mut trails = vec![];
    for (trail, checked) in integrity.trails(only, noted).await? {
        let campaign = campaigns.iter().find(|campaign| Some(campaign.id) == trail);
        let name = match (trail, campaign) {
            (None, _) => String::new(),
            (Some(_), Some(campaign)) => campaign.slug.clone(),
            (Some(_), None) => "?".into(),
        };
        trails.push((name, checked));
    }
    let is_noted = trails.iter().any(|(_, checked)| checked.as_ref().is_ok_and(|checked| checked.is_noted));
    Ok(Trails { trails, noted: is_asked.then_some(is_noted) })
}

impl Trails {
    pub(super) fn is_sound(&self) -> bool {
        self.trails.iter().all(|(_, checked)| checked.is_ok()) && self.noted != Some(false)
    }

    pub(super) fn messages(&self, w: Localizer) -> Vec<String> {
        let mut messages: Vec<String> = self.trails.iter().map(|(name, checked)| trail(w, name, checked)).collect();
        if let Some(is_noted) = self.noted {
            messages.push(w.t(if is_noted { "fsck-noted-found" } else { "fsck-noted-missing" }));
        }
        messages
    }

    /// The trails, and whether the noted hash was found.
    pub(super) fn as_json(&self) -> (Value, Value) {
        let trail = |(name, checked): &(String, TrailIntegrity)| {
            let slug = Some(name).filter(|name| !name.is_empty());
            match checked {
                Ok(CheckedTrail { head, unchained, .. }) => json!({
                    "slug": slug,
                    "sound": true,
                    "lines": head.map_or(0, |head| head.lines),
                    "hash": head.map(|head| HEXLOWER.encode(&head.hash)),
                    "unchained": unchained,
                }),
                Err((kind, place)) => json!({ "slug": slug, "sound": false, "kind": kind_name(*kind), "line": place }),
            }
        };
        (self.trails.iter().map(trail).collect(), json!(self.noted))
    }
}

fn trail(w: Localizer, name: &str, checked: &TrailIntegrity) -> String {
    let name = if name.is_empty() { w.t("fsck-trail-installation") } else { name.to_owned() };
    let trail = ("trail", name.as_str());
    match checked {
        Ok(CheckedTrail { unchained: unchained @ 1.., .. }) => {
            w.with("fsck-trail-unchained-yet", &[trail, ("lines", &w.number(*unchained))])
        }
        Ok(CheckedTrail { head: Some(head), .. }) => {
            let (lines, hash) = (w.number(head.lines), HEXLOWER.encode(&head.hash));
            w.with("fsck-trail-sound", &[trail, ("lines", &lines), ("hash", &hash)])
        }
        Ok(_) => w.with("fsck-trail-empty", &[trail]),
        Err((kind, place)) => {
            let place = place.map_or("-".into(), |place| place.to_string());
            let what = w.with(&format!("fsck-trail-{}", kind_name(*kind)), &[("line", &place)]);
            w.with("fsck-trail-differs", &[trail, ("what", &what)])
        }
    }
}

/// The name of a kind in JSON, which also ends its message key.
fn kind_name(kind: TrailFaultKind) -> &'static str {
    match kind {
        TrailFaultKind::Line => "line",
        TrailFaultKind::Missing => "line-missing",
        TrailFaultKind::Beyond => "line-beyond",
        TrailFaultKind::Unchained => "unchained",
        TrailFaultKind::HeadMissing => "head-missing",
        TrailFaultKind::Head => "head",
        TrailFaultKind::Malformed => "malformed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_fault_of_a_trail_has_words() {
        check_built_keys("fsck-trail-{}", TrailFaultKind::ALL.map(kind_name));
    }
}
