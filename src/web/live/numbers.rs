//! The published numbers, formatted for pages.

use crate::domain::reporting_group::GroupKind;
use crate::i18n::Localizer;
use crate::service::live::{GroupCount, InstitutionNumbers, Snapshot};

/// Most groups of a live event, and tiles of its screen: beyond it, the last one stands for all others.
pub const TILES_MAX: usize = 64;

/// One reporting group's line or tile.
pub struct GroupView {
    pub name: String,
    /// Shortened to fit a tile.
    pub short_name: String,
    pub signed: u64,
    pub target: u64,
    pub percent: String,
    pub is_full: bool,
    /// The code of an institution whose agencies have numbers of their own.
    pub agencies_of: Option<String>,
}

/// The numbers of the whole campaign, or of one institution, and of its groups in official order.
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

/// The institution whose agencies a screen shows when it isn't told which: the only one, if it has agencies.
pub fn only_institution(snapshot: &Snapshot) -> Option<&InstitutionNumbers> {
    match snapshot.institutions.as_slice() {
        [only] if only.groups.len() > 1 => Some(only),
        _ => None,
    }
}

/// The groups of a screen and of its events: an institution's agencies, or all institutions, at most [`TILES_MAX`].
/// The count that stands for all others, if there are more, says how many these are.
pub fn tiles(snapshot: &Snapshot, institution: Option<&InstitutionNumbers>) -> (Vec<GroupCount>, Option<usize>) {
    let mut groups = match institution {
        Some(one) => snapshot.groups_of(one).to_vec(),
        None => snapshot.institutions.iter().map(|one| one.total.clone()).collect(),
    };
    if groups.len() <= TILES_MAX {
        return (groups, None);
    }
    let rest = groups.split_off(TILES_MAX - 1);
    let sum = |of: fn(&GroupCount) -> u64| rest.iter().map(of).sum();
    groups.push(GroupCount {
        eligible: sum(|group| group.eligible),
        signed: sum(|group| group.signed),
        excused: sum(|group| group.excused),
        revoked: sum(|group| group.revoked),
        added: sum(|group| group.added),
        ..rest[0].clone()
    });
    (groups, Some(rest.len()))
}

impl NumbersView {
    /// The numbers of the campaign by institution, or by agency where there is one institution.
    pub fn of(w: Localizer, snapshot: &Snapshot) -> Self {
        Self { groups: lines(w, snapshot, only_institution(snapshot)), ..Self::tiled(w, snapshot, None) }
    }

    /// The numbers of an institution by agency, or of the campaign by institution, for a screen with few tiles.
    pub fn tiled(w: Localizer, snapshot: &Snapshot, institution: Option<&InstitutionNumbers>) -> Self {
        let (shown, rest) = tiles(snapshot, institution);
        let mut groups: Vec<GroupView> = shown.iter().map(|group| group_view(w, snapshot, group)).collect();
        if let (Some(last), Some(count)) = (groups.last_mut(), rest) {
            last.name = w.with("common-group-rest", &[("count", &w.number(count as u64))]);
            (last.short_name, last.agencies_of) = (last.name.clone(), None);
        }
        let (signed, target, revoked) = match institution {
            Some(one) => (one.total.signed, one.total.target(), one.total.revoked),
            None => (snapshot.signed, snapshot.target, snapshot.revoked),
        };
        Self {
            signed,
            target,
            sum: target_sum(w, snapshot).filter(|_| institution.is_none()),
            revoked,
            tempo: snapshot.tempo,
            percent: w.percent(signed, target),
            groups,
        }
    }
}

/// All groups, however many.
fn lines(w: Localizer, snapshot: &Snapshot, institution: Option<&InstitutionNumbers>) -> Vec<GroupView> {
    match institution {
        Some(one) => snapshot.groups_of(one).iter().map(|group| group_view(w, snapshot, group)).collect(),
        None => snapshot.institutions.iter().map(|one| group_view(w, snapshot, &one.total)).collect(),
    }
}

fn group_view(w: Localizer, snapshot: &Snapshot, group: &GroupCount) -> GroupView {
    let name = group_name(w, group);
    let has_agencies = |one: &&InstitutionNumbers| one.groups.len() > 1 && one.total.code == group.code;
    GroupView {
        short_name: short_name(&name),
        name,
        signed: group.signed,
        target: group.target(),
        percent: w.percent(group.signed, group.target()),
        is_full: group.target() > 0 && group.signed >= group.target(),
        agencies_of: snapshot.institutions.iter().find(has_agencies).map(|one| one.total.code.clone()),
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

/// A group's name in the reader's language: institutions and agencies are called what they are called, but what was put
/// together was named by this program, in the language of the house, when the roster was locked.
pub fn group_name(w: Localizer, group: &GroupCount) -> String {
    let keys: &[&str] = match group.kind {
        GroupKind::Institution | GroupKind::Agency => &[],
        GroupKind::CombinedInstitutions => &["common-group-institutions", "common-group-all-institutions"],
        GroupKind::OtherAgencies => &["common-group-other-agencies"],
    };
    // A number follows where an institution or agency has the name itself.
    let named = |key: &&str| Some(w.t(key) + group.name.strip_prefix(&Localizer::default().t(key))?);
    keys.iter().find_map(named).unwrap_or_else(|| group.name.clone())
}

/// The name with the institution's before it, where both have one.
pub fn full_name(w: Localizer, group: &GroupCount) -> String {
    let name = group_name(w, group);
    if group.institution == group.code { name } else { format!("{} / {name}", group.institution_name) }
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
    use crate::domain::campaign::CampaignState;
    use crate::domain::time::UnixMillis;
    use crate::i18n::Lang;
    use crate::service::live::{Phase, PublicNumbers};

    fn group(code: &str, institution: &str, kind: GroupKind, name: &str) -> GroupCount {
        GroupCount {
            index: 0,
            code: code.into(),
            name: name.into(),
            kind,
            institution: institution.into(),
            institution_name: format!("Instansi {institution}"),
            eligible: 20,
            signed: 1,
            excused: 0,
            revoked: 0,
            added: 0,
        }
    }

    #[test]
    fn only_what_was_named_here_is_translated() {
        let english = |kind, name| group_name(Localizer(Lang::En), &group("gabungan", "gabungan", kind, name));
        let combined = GroupKind::CombinedInstitutions;
        assert_eq!(english(combined, "Gabungan instansi kecil"), "Small institutions together");
        assert_eq!(english(combined, "Gabungan instansi kecil (2)"), "Small institutions together (2)");
        assert_eq!(english(combined, "Semua instansi"), "All institutions");
        assert_eq!(english(GroupKind::OtherAgencies, "Perangkat daerah lainnya"), "Other agencies");
        for (kind, name) in [
            (combined, "Dinas Gabungan"),
            (GroupKind::Institution, "Gabungan instansi kecil"),
            (GroupKind::Agency, "Perangkat daerah lainnya"),
        ] {
            assert_eq!(english(kind, name), name);
        }
        let agency = group("16/1", "16", GroupKind::Agency, "Dinas Sosial");
        assert_eq!(full_name(Localizer::default(), &agency), "Instansi 16 / Dinas Sosial");
    }

    #[test]
    fn a_screen_has_few_tiles_and_they_add_up() {
        let phase = Phase { state: CampaignState::Open, opens_at: None };
        let agencies = |institution: &'static str, count: usize| {
            (1..=count).map(move |n| group(&format!("{institution}/{n}"), institution, GroupKind::Agency, "Dinas"))
        };
        let groups: Vec<GroupCount> = agencies("16", 100).chain(agencies("17", 64)).collect();
        let numbers = PublicNumbers { groups, log_size: 164, ..PublicNumbers::default() };
        let snapshot = Snapshot::new(phase, numbers, 0, UnixMillis(0));
        let w = Localizer::default();
        let all = NumbersView::of(w, &snapshot);
        assert_eq!(
            (all.groups.len(), all.groups[0].signed, all.groups[0].agencies_of.as_deref()),
            (2, 100, Some("16"))
        );
        let view = |code: &str| NumbersView::tiled(w, &snapshot, snapshot.institution(code));
        let (many, few) = (view("16"), view("17"));
        assert_eq!((many.groups.len(), few.groups.len(), few.signed), (TILES_MAX, 64, 64));
        assert_eq!((many.groups[63].name.as_str(), many.groups[63].signed), ("37 lainnya", 37));
        assert_eq!(many.groups.iter().map(|tile| tile.target).sum::<u64>(), 2_000);
    }

    #[test]
    fn tiles_carry_the_part_of_a_name_that_differs() {
        assert_eq!(short_name("Pemerintah Kabupaten Ogan Ilir"), "Ogan Ilir");
        assert_eq!(short_name("Pemerintah Provinsi Sumatera Selatan"), "Prov. Sumatera Selatan");
        assert_eq!(short_name("Kota Palembang"), "Kota Palembang");
        assert_eq!(short_name("Dinas"), "Dinas");
    }
}
