//! The published numbers, formatted for pages.

use crate::domain::institution::COMBINED_GROUP_CODE;
use crate::i18n::Localizer;
use crate::service::live::GroupCount;
use crate::service::live::Snapshot;

/// One reporting group's line or tile.
pub struct GroupView {
    pub name: String,
    /// Shortened to fit a tile.
    pub short_name: String,
    pub signed: u64,
    pub target: u64,
    pub percent: String,
    pub is_full: bool,
}

/// The numbers of the whole campaign and of its groups in official order.
pub struct NumbersView {
    pub signed: u64,
    /// Who is to sign: every percentage is of this number.
    pub target: u64,
    /// How the target comes about, where it isn't the number of the lock: `as locked + added - excused`.
    pub sum: Option<String>,
    pub revoked: u64,
    pub tempo: u64,
    pub percent: String,
    pub groups: Vec<GroupView>,
}

impl NumbersView {
    pub fn of(w: Localizer, snapshot: &Snapshot) -> Self {
        let groups = snapshot.groups.iter().map(|group| GroupView {
            name: group_name(w, group),
            short_name: short_name(&group_name(w, group)),
            signed: group.signed,
            target: group.target(),
            percent: w.percent(group.signed, group.target()),
            is_full: group.target() > 0 && group.signed >= group.target(),
        });
        Self {
            signed: snapshot.signed,
            target: snapshot.target,
            sum: target_sum(w, snapshot),
            revoked: snapshot.revoked,
            tempo: snapshot.tempo,
            percent: w.percent(snapshot.signed, snapshot.target),
            groups: groups.collect(),
        }
    }
}

/// The target as a sum in one line; `None` if nobody was added or excused.
pub fn target_sum(w: Localizer, snapshot: &Snapshot) -> Option<String> {
    if (snapshot.added, snapshot.excused) == (0, 0) {
        return None;
    }
    let [target, locked, added, excused] =
        [snapshot.target, snapshot.eligible, snapshot.added, snapshot.excused].map(|people| w.number(people));
    let parts = [("target", target.as_str()), ("locked", &locked), ("added", &added), ("excused", &excused)];
    Some(w.with("live-target-sum", &parts))
}

/// A group's name in the reader's language: institutions are called what they are called, but the group of the small
/// ones was named by this program, in the language of the house, when the roster was locked.
pub fn group_name(w: Localizer, group: &GroupCount) -> String {
    let key = "common-gathered-group";
    if group.code == COMBINED_GROUP_CODE && group.name == Localizer::default().t(key) {
        w.t(key)
    } else {
        group.name.clone()
    }
}

/// Drops the words that a tile has no room for and that don't distinguish institutions; a city keeps its "Kota".
fn short_name(name: &str) -> String {
    let name = name.strip_prefix("Pemerintah ").unwrap_or(name);
    match name.split_once(' ') {
        Some(("Kabupaten", rest)) => rest.to_string(),
        Some(("Provinsi", rest)) => format!("Prov. {rest}"),
        _ => name.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn only_the_group_that_was_named_here_is_translated() {
        let group = |code: &str, name: &str| GroupCount {
            index: 0,
            code: code.into(),
            name: name.into(),
            eligible: 20,
            signed: 0,
            excused: 0,
            revoked: 0,
            added: 0,
        };
        let english = Localizer(Lang::En);
        assert_eq!(
            group_name(english, &group(COMBINED_GROUP_CODE, "Gabungan instansi kecil")),
            "Small institutions together"
        );
        for (code, name) in [(COMBINED_GROUP_CODE, "Dinas Gabungan"), ("16.71", "Gabungan instansi kecil")] {
            assert_eq!(group_name(english, &group(code, name)), name);
        }
    }

    #[test]
    fn tiles_carry_the_part_of_a_name_that_differs() {
        assert_eq!(short_name("Pemerintah Kabupaten Ogan Ilir"), "Ogan Ilir");
        assert_eq!(short_name("Pemerintah Provinsi Sumatera Selatan"), "Prov. Sumatera Selatan");
        assert_eq!(short_name("Kota Palembang"), "Kota Palembang");
        assert_eq!(short_name("Dinas"), "Dinas");
    }
}
