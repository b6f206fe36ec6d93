//! How many people have signed, level by level: institutions, an institution's agencies, their units and sub-units.

use super::overview::percent;
use crate::domain::employment::EmploymentKind;
use crate::i18n::Localizer;
use crate::service::progress::{ProgressTree, SigningProgress, TreeRow, by_kind};
use crate::service::roster_file::employment_word;
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::layout::{Layout, Tab};
use crate::web::console::shell::pagination::Pagination;
use crate::web::console::shell::query::{QueryName, QueryParams};
use crate::web::error::Problem;
use crate::web::page::page;
use askama::Template;
use axum::response::Response;
use std::cmp::Ordering;

/// Rows of one page.
const ROWS_PER_PAGE: usize = 50;

#[derive(Template)]
#[template(path = "console/campaign/progress.html")]
struct ProgressPage {
    w: Localizer,
    layout: Layout,
    slug: String,
    /// What is shown; `None`: all institutions.
    of: Option<String>,
    /// What it is part of, from the widest level down.
    above: Vec<LevelLink>,
    /// The heading of the first column.
    heading: String,
    orders: Vec<OrderLink>,
    rows: Vec<Row>,
    pagination: Pagination,
    /// Of all pages.
    total: Row,
    /// The same people by kind of employment.
    kinds: Vec<Row>,
    /// The institution's code, where one is shown as a whole.
    institution: Option<String>,
    /// Whether the institution has a recapitulation by agency.
    has_agencies: bool,
    /// What is shown of the institution, where it is a part.
    part: Option<String>,
}

struct LevelLink {
    name: String,
    href: String,
}

struct OrderLink {
    name: String,
    href: String,
    is_current: bool,
}

struct Row {
    /// Leads to the level below; empty if there is none.
    href: String,
    name: String,
    people: String,
    signed: String,
    waiting: String,
    percent: String,
}

/// A row before it is written for people.
struct LevelLine {
    href: String,
    name: String,
    people: u64,
    signed: u64,
    /// People who are in none of the others. They come last in every order.
    is_rest: bool,
}

/// What is shown, with its rows in official order.
struct ProgressLevel {
    of: Option<String>,
    above: Vec<LevelLink>,
    heading: &'static str,
    lines: Vec<LevelLine>,
    kinds: Vec<Row>,
    /// The address of this level, ending in `?` or `&`.
    path: String,
    institution: Option<String>,
    has_agencies: bool,
    part: Option<String>,
}

/// The order of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RowOrder {
    /// As the roster's file has them.
    Official,
    Name,
    /// The lowest first, as those see it who remind people.
    Percent,
}

impl RowOrder {
    const ALL: [Self; 3] = [Self::Official, Self::Name, Self::Percent];

    fn as_str(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Name => "name",
            Self::Percent => "percent",
        }
    }

    fn of(query: &QueryParams) -> Self {
        let asked = query.get(QueryName::Sort).unwrap_or_default();
        Self::ALL.into_iter().find(|order| order.as_str() == asked).unwrap_or(Self::Official)
    }

    fn sort(self, lines: &mut [LevelLine]) {
        let of = |one: &LevelLine, other: &LevelLine| match self {
            Self::Official => Ordering::Equal,
            Self::Name => one.name.to_lowercase().cmp(&other.name.to_lowercase()),
            Self::Percent => share(one, other.people).cmp(&share(other, one.people)),
        };
        lines.sort_by(|one, other| one.is_rest.cmp(&other.is_rest).then_with(|| of(one, other)));
    }
}

/// Signatures times the other row's people: two shares are compared without division.
fn share(line: &LevelLine, people: u64) -> u128 {
    u128::from(line.signed) * u128::from(people)
}

pub async fn show(context: CampaignContext) -> Result<Response, Problem> {
    let ConsoleContext { actor, query, campaign, .. } = &context;
    let w = context.w;
    let mut level = match query.get(QueryName::Institution) {
        Some(code) => {
            actor.must_see_part(&context.state, campaign.id, code).await?;
            within_institution(&context, code).await?
        }
        None => institutions(&context).await?,
    };
    let order = RowOrder::of(query);
    let sum = |of: fn(&LevelLine) -> u64| level.lines.iter().map(of).sum::<u64>();
    let total = row(w, w.t("console-progress-total"), (sum(|line| line.people), sum(|line| line.signed)));
    order.sort(&mut level.lines);
    let orders = RowOrder::ALL.map(|one| OrderLink {
        name: w.t(&format!("console-progress-order-{}", one.as_str())),
        href: format!("{}sort={}", level.path, one.as_str()),
        is_current: one == order,
    });
    let path = match order {
        RowOrder::Official => level.path,
        order => format!("{}sort={}&", level.path, order.as_str()),
    };
    let (lines, pagination) = Pagination::cut(w, level.lines, ROWS_PER_PAGE, query, &path);
    let rows = lines.into_iter().map(|line| Row { href: line.href, ..row(w, line.name, (line.people, line.signed)) });
    page(&ProgressPage {
        w,
        layout: context.layout(Tab::Progress).await,
        slug: campaign.slug.clone(),
        of: level.of,
        above: level.above,
        heading: w.t(level.heading),
        orders: orders.into(),
        rows: rows.collect(),
        pagination,
        total,
        kinds: level.kinds,
        institution: level.institution,
        has_agencies: level.has_agencies,
        part: level.part,
    })
}

/// All institutions that the account sees.
async fn institutions(context: &CampaignContext) -> Result<ProgressLevel, Problem> {
    let ConsoleContext { state, actor, campaign, w, .. } = context;
    let path = context.path("/progress");
    let line = |one: SigningProgress| LevelLine {
        // A code is letters, digits and dots.
        href: format!("{path}?institution={}", one.key),
        name: one.name,
        people: one.people,
        signed: one.signed,
        is_rest: false,
    };
    let institutions = state.progress.institutions(campaign, actor.scope()).await?;
    let kinds = by_kind(&state.progress.employment(campaign.id, actor.scope()).await?);
    Ok(ProgressLevel {
        of: None,
        above: vec![],
        heading: "console-institution",
        lines: institutions.into_iter().map(line).collect(),
        kinds: kind_rows(*w, kinds),
        path: format!("{path}?"),
        institution: None,
        has_agencies: false,
        part: None,
    })
}

/// The agencies of an institution, or what is below one of its units.
async fn within_institution(context: &CampaignContext, code: &str) -> Result<ProgressLevel, Problem> {
    let ConsoleContext { state, campaign, query, w, .. } = context;
    let known = state.campaigns.institutions_in_part(campaign.id, context.actor.scope()).await?;
    let institution = known.into_iter().find(|one| one.code == code).ok_or(Problem::Unknown)?;
    let tree = state.progress.tree(campaign.id, context.actor.scope(), code).await?;
    let all = context.path("/progress");
    let top = format!("{all}?institution={code}");
    let unit = match query.get(QueryName::Unit).filter(|unit| !unit.is_empty()) {
        Some(unit) => Some(unit.parse().map_err(|_| Problem::Unknown)?),
        None => None,
    };
    let name = institution.name.clone();
    let mut above = vec![LevelLink { name: w.t("console-progress-all"), href: all }];
    let (mut of, mut href) = (institution.name, top.clone());
    for (id, name) in lineage(&tree, unit)? {
        above.push(LevelLink { name: std::mem::replace(&mut of, name), href });
        href = format!("{top}&unit={id}");
    }
    let rest = match unit {
        Some(_) => w.with("console-progress-directly", &[("unit", &of)]),
        None => w.t("console-no-unit"),
    };
    let line = |row: TreeRow| LevelLine {
        href: row.unit.filter(|_| row.opens).map(|unit| format!("{top}&unit={unit}")).unwrap_or_default(),
        name: if row.unit.is_some() { row.name } else { rest.clone() },
        people: row.sum.people,
        signed: row.sum.signed,
        is_rest: row.unit.is_none(),
    };
    Ok(ProgressLevel {
        of: Some(of),
        above,
        heading: if unit.is_some() { "console-unit" } else { "console-agency" },
        lines: tree.level(unit).into_iter().map(line).collect(),
        kinds: kind_rows(*w, tree.sum(unit).by_kind()),
        path: unit.map_or_else(|| format!("{top}&"), |unit| format!("{top}&unit={unit}&")),
        institution: unit.is_none().then_some(institution.code),
        has_agencies: tree.has_units(),
        part: tree.parts().map(|_| w.with("console-progress-part", &[("part", &tree.name_of(&name))])),
    })
}

/// The units from the agency down to this one, by number and name. A unit that nobody is in isn't known.
fn lineage(tree: &ProgressTree, unit: Option<u32>) -> Result<Vec<(u32, String)>, Problem> {
    let Some(unit) = unit else { return Ok(vec![]) };
    let units = tree.lineage(unit).ok_or(Problem::Unknown)?;
    Ok(units.into_iter().map(|(id, name)| (id, name.to_owned())).collect())
}

fn kind_rows(w: Localizer, kinds: Vec<(Option<EmploymentKind>, u64, u64)>) -> Vec<Row> {
    kinds.into_iter().map(|(kind, people, signed)| row(w, employment_word(kind, w), (people, signed))).collect()
}

fn row(w: Localizer, name: String, (people, signed): (u64, u64)) -> Row {
    Row {
        href: String::new(),
        name,
        people: w.number(people),
        signed: w.number(signed),
        waiting: w.number(people.saturating_sub(signed)),
        percent: percent(w, signed, people),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_order_has_words_and_people_in_no_unit_come_last() {
        check_built_keys("console-progress-order-{}", RowOrder::ALL.map(RowOrder::as_str));
        let line = |name: &str, people: u64, signed: u64, is_rest| LevelLine {
            href: String::new(),
            name: name.into(),
            people,
            signed,
            is_rest,
        };
        for (order, names) in [
            (RowOrder::Official, ["b", "C", "a", "0"]),
            (RowOrder::Name, ["a", "b", "C", "0"]),
            (RowOrder::Percent, ["C", "a", "b", "0"]),
        ] {
            let mut lines =
                [line("b", 10, 9, false), line("0", 5, 0, true), line("C", 300, 30, false), line("a", 4, 2, false)];
            order.sort(&mut lines);
            assert_eq!(lines.each_ref().map(|line| line.name.as_str()), names, "{order:?}");
        }
    }
}
