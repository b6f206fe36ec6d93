//! What an account sees of one campaign: its scope names nodes of the registry, and this the institutions of the
//! campaign, and the parts of institutions, that are at or below them.

use super::registry::is_at_or_below;

/// The institutions of one campaign that an account sees, wholly or in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisibleInstitutions {
    /// Everything.
    All,
    /// These only. No two of them overlap.
    Parts(Vec<VisiblePart>),
}

/// An institution that an account sees, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisiblePart {
    /// The institution's code, within this campaign.
    pub institution: String,
    /// The node of the unit that is seen with what is below it; `None`: the whole institution.
    pub unit: Option<String>,
}

/// How much of an institution an account sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstitutionView<'v> {
    /// All of it.
    Whole,
    /// The units at these nodes and below them; nothing, where there are none.
    Units(Vec<&'v str>),
}

impl VisiblePart {
    /// The whole institution with this code.
    pub fn whole(institution: &str) -> Self {
        Self { institution: institution.to_owned(), unit: None }
    }
}

impl VisibleInstitutions {
    /// Whether the whole institution with this code is seen.
    pub fn includes(&self, institution: &str) -> bool {
        self.view(institution) == InstitutionView::Whole
    }

    /// Whether something of the institution with this code is seen.
    pub fn includes_part(&self, institution: &str) -> bool {
        self.view(institution) != InstitutionView::Units(vec![])
    }

    /// Whether something is seen, and no institution as a whole.
    pub fn is_units_only(&self) -> bool {
        matches!(self, Self::Parts(parts) if !parts.is_empty() && parts.iter().all(|part| part.unit.is_some()))
    }

    /// How much of the institution with this code is seen.
    pub fn view(&self, institution: &str) -> InstitutionView<'_> {
        let Self::Parts(parts) = self else { return InstitutionView::Whole };
        let mut units = vec![];
        for part in parts.iter().filter(|part| part.institution == institution) {
            match &part.unit {
                None => return InstitutionView::Whole,
                Some(unit) => units.push(unit.as_str()),
            }
        }
        InstitutionView::Units(units)
    }

    /// Whether somebody of this institution is seen, whose unit is at this node; `None`: they have no unit, or it isn't
    /// registered.
    pub fn includes_person(&self, institution: &str, unit: Option<&str>) -> bool {
        self.view(institution).includes(unit)
    }
}

/// Nodes of a part that are named.
const NODES_NAMED_MAX: usize = 6;

impl InstitutionView<'_> {
    /// The nodes that are seen, for the audit trail, `16.71/4, 16.71/7`; `None`: the whole institution.
    pub fn named(&self) -> Option<String> {
        let Self::Units(nodes) = self else { return None };
        let more = (nodes.len() > NODES_NAMED_MAX).then_some("…");
        let named: Vec<&str> = nodes.iter().copied().take(NODES_NAMED_MAX).chain(more).collect();
        Some(named.join(", "))
    }

    /// Whether the unit at this node is seen; `None`: no unit.
    pub fn includes(&self, unit: Option<&str>) -> bool {
        match self {
            Self::Whole => true,
            Self::Units(nodes) => unit.is_some_and(|unit| nodes.iter().any(|above| is_at_or_below(unit, above))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_an_institution_is_not_the_institution() {
        let part = |institution: &str, unit: Option<&str>| VisiblePart {
            institution: institution.into(),
            unit: unit.map(str::to_owned),
        };
        let seen = VisibleInstitutions::Parts(vec![part("16", Some("16~2/4")), part("17", None)]);
        assert!(seen.includes("17") && !seen.includes("16") && seen.includes_part("16"));
        assert!(!seen.includes_part("18") && VisibleInstitutions::All.includes("18"));
        for (institution, unit, is_seen) in [
            ("16", Some("16~2/4"), true),
            ("16", Some("16~2/4/1"), true),
            ("16", Some("16~2/42"), false),
            ("16", Some("16~2"), false),
            ("16", None, false),
            ("17", None, true),
            ("17", Some("17/1"), true),
            ("18", Some("16~2/4"), false),
        ] {
            assert_eq!(seen.includes_person(institution, unit), is_seen, "{institution} {unit:?}");
        }
        assert!(VisibleInstitutions::All.includes_person("18", None));
        let units_only = |parts: &[VisiblePart]| VisibleInstitutions::Parts(parts.to_vec()).is_units_only();
        assert!(units_only(&[part("16", Some("16/1"))]) && !units_only(&[]) && !seen.is_units_only());
        assert!(!VisibleInstitutions::All.is_units_only());
        assert_eq!((seen.view("16").named().as_deref(), seen.view("17").named()), (Some("16~2/4"), None));
        let many = InstitutionView::Units(vec!["1/1"; 7]).named();
        assert_eq!(many.as_deref(), Some("1/1, 1/1, 1/1, 1/1, 1/1, 1/1, …"));
    }
}
