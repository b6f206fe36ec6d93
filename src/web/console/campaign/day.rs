//! The day of signing on one page: how many have signed, how fast, which institutions lag behind, and whether the
//! service keeps up. It hardly reads the database, since it is open while a province signs: the numbers come from what
//! `live` publishes and from what this node counts in memory. A script refreshes the page; without one the browser
//! reloads it.

use super::extend;
use super::lifecycle::LifecycleAction;
use super::overview::percent;
use crate::config::Database;
use crate::domain::account::Scope;
use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::time::UnixMillis;
use crate::i18n::Localizer;
use crate::service::live::{BUCKET_SECS, LastBatch, Pace, TEMPO_SECS};
use crate::service::progress::SigningProgress;
use crate::service::sign_in::RECENT_MINUTES;
use crate::web::AppState;
use crate::web::console::shell::audit_words;
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::layout::{Layout, Tab};
use crate::web::console::shell::pagination::Pagination;
use crate::web::error::Problem;
use crate::web::local_time;
use crate::web::page::page;
use askama::Template;
use axum::response::Response;

/// Institutions on one page, those with the most people missing first.
const ROWS_PER_PAGE: usize = 25;
/// Seconds between two refreshes by the script.
const RENEW_SECS: u32 = 5;
/// Without a script the browser reloads the whole page, so less often.
const RELOAD_SECS: u32 = 15;
/// Size of the chart in its own units: a bar is 8 wide, with a gap of 2.
const BAR_WIDTH: u64 = 8;
const CHART_HEIGHT: u64 = 100;

#[derive(Template)]
#[template(path = "console/campaign/day.html")]
struct DayPage {
    w: Localizer,
    layout: Layout,
    slug: String,
    renew_secs: u32,
    reload_secs: u32,
    /// What the campaign waits for, in one sentence.
    says: String,
    /// When it opens or closes, and how long that is from now.
    until: Option<String>,
    step: Option<(&'static str, String)>,
    can_extend: bool,
    numbers: Numbers,
    rate: Rate,
    is_all: bool,
    rows: Vec<Row>,
    pagination: Pagination,
    service: Option<Service>,
    as_of: String,
}

/// Signed and missing, within the account's institutions.
struct Numbers {
    signed: u64,
    target: u64,
    waiting: u64,
    percent: String,
}

/// The rate of the whole campaign, over all nodes.
struct Rate {
    per_second: String,
    per_minute: String,
    bars: Vec<Bar>,
    width: u64,
    height: u64,
    label: String,
}

struct Bar {
    x: u64,
    y: u64,
    height: u64,
}

struct Row {
    code: String,
    name: String,
    waiting: String,
    signed: String,
    people: String,
    percent: String,
}

/// The state of the service. Shown to accounts that see all institutions.
struct Service {
    /// Other nodes may serve the same campaign, so numbers of this node alone say so.
    is_shared: bool,
    last_commit: String,
    last_batch: String,
    queued: usize,
    queue_max: usize,
    queue: String,
    wrong: String,
    /// The newest hash of the campaign's audit trail.
    trail: String,
}

pub async fn show(context: CampaignContext) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, query, .. } = &context;
    let w = context.w;
    let now = state.now();
    let mut institutions = state.progress.institutions(campaign, actor.scope()).await?;
    let is_all = *actor.scope() == Scope::All;
    let numbers = numbers(w, state, campaign, is_all, &institutions);
    institutions.retain(|one| one.people > 0);
    institutions.sort_by_key(|one| std::cmp::Reverse(waiting(one)));
    let (rows, pagination) =
        Pagination::cut(w, institutions, ROWS_PER_PAGE, query, &format!("{}?", context.path("/day")));
    let (pace, last_batch) = state.live.pace(campaign.id).unwrap_or_default();
    let leads = actor.is_organizer();
    let tempo = state.live.shown(&campaign.slug).map_or(0, |shown| shown.snapshot.tempo);
    let trail = if is_all { audit_words::newest_hash(state, w, Some(campaign.id)).await? } else { None };
    page(&DayPage {
        w,
        layout: context.layout(Tab::Day).await.after(w, query),
        renew_secs: RENEW_SECS,
        reload_secs: RELOAD_SECS,
        says: super::overview::says(w, campaign.state),
        until: until(w, campaign, now),
        step: step(campaign).filter(|_| leads).map(|step| (step.as_str(), step.words(w))),
        can_extend: leads && extend::is_possible(campaign),
        numbers,
        rate: rate(w, &pace, tempo, now),
        is_all,
        rows: rows.iter().map(|one| row(w, one)).collect(),
        pagination,
        service: is_all.then(|| service(w, state, campaign, last_batch, trail)),
        as_of: local_time::exact(w, campaign.settings.zone, now),
        slug: campaign.slug.clone(),
    })
}

fn waiting(progress: &SigningProgress) -> u64 {
    progress.people.saturating_sub(progress.signed)
}

/// For the whole campaign the published numbers, without revoked pledges, as in the rows; for an operator the sum over
/// their institutions.
fn numbers(
    w: Localizer,
    state: &AppState,
    campaign: &Campaign,
    is_all: bool,
    institutions: &[SigningProgress],
) -> Numbers {
    let published = state.live.shown(&campaign.slug).filter(|shown| is_all && !shown.snapshot.groups.is_empty());
    let (signed, target) = match published {
        Some(shown) => (shown.snapshot.signed.saturating_sub(shown.snapshot.revoked), shown.snapshot.target),
        None => {
            let sum = |of: fn(&SigningProgress) -> u64| institutions.iter().map(of).sum::<u64>();
            (sum(|one| one.signed), sum(|one| one.people))
        }
    };
    Numbers { signed, target, waiting: target.saturating_sub(signed), percent: percent(w, signed, target) }
}

/// The action that the day needs; the overview has the others.
fn step(campaign: &Campaign) -> Option<LifecycleAction> {
    match campaign.state {
        CampaignState::Locked => Some(LifecycleAction::Open),
        CampaignState::Open => Some(LifecycleAction::Pause),
        CampaignState::Paused => Some(LifecycleAction::Resume),
        CampaignState::Draft | CampaignState::Closing | CampaignState::Closed | CampaignState::Cancelled => None,
    }
}

/// "Ditutup 27 Desember 2023 pukul 09.15 WIB, 1 jam 12 menit lagi."
fn until(w: Localizer, campaign: &Campaign, now: UnixMillis) -> Option<String> {
    let (key, at) = match campaign.state {
        CampaignState::Locked => ("console-day-opens", campaign.opens_at?),
        CampaignState::Open | CampaignState::Paused => ("console-day-closes", campaign.closes_at?),
        _ => return None,
    };
    let left = left(w, (at.0 - now.0).max(0) / 1000);
    Some(w.with(key, &[("at", &local_time::moment(w, campaign.settings.zone, at)), ("left", &left)]))
}

/// Days and hours, hours and minutes, or minutes; less than a minute has a message of its own.
fn left(w: Localizer, secs: i64) -> String {
    let number = |count: i64| w.number(u64::try_from(count).unwrap_or(0));
    let (days, hours, minutes) = (secs / 86_400, secs / 3600 % 24, secs / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => w.t("console-left-moment"),
        (0, 0, minutes) => w.with("console-left-minutes", &[("minutes", &number(minutes))]),
        (0, hours, minutes) => {
            w.with("console-left-hours", &[("hours", &number(hours)), ("minutes", &number(minutes))])
        }
        (days, hours, _) => w.with("console-left-days", &[("days", &number(days)), ("hours", &number(hours))]),
    }
}

fn rate(w: Localizer, pace: &Pace, tempo: u64, now: UnixMillis) -> Rate {
    let signed = pace.bars(now);
    let peak = signed.iter().copied().max().unwrap_or(0);
    let secs = u64::try_from(BUCKET_SECS).unwrap_or(1);
    let bar = |(place, signed): (u64, &u64)| {
        // A slice with signatures shows at least a unit of height.
        let height = (signed * CHART_HEIGHT).checked_div(peak).unwrap_or(0).max(u64::from(*signed > 0));
        Bar { x: place * BAR_WIDTH, y: CHART_HEIGHT - height, height }
    };
    let highest = tenths(w, peak * 10 / secs);
    Rate {
        per_second: tenths(w, tempo * 10 / u64::try_from(TEMPO_SECS).unwrap_or(1)),
        per_minute: w.number(pace.last_minute(now)),
        width: BAR_WIDTH * signed.len() as u64,
        height: CHART_HEIGHT,
        bars: (0u64..).zip(&signed).filter(|(_, signed)| **signed > 0).map(bar).collect(),
        label: w.with("console-day-chart", &[("highest", &highest)]),
    }
}

/// `3,4` from 34; without decimals from a hundred on.
fn tenths(w: Localizer, tenths: u64) -> String {
    let mark = if w.lang() == "id" { ',' } else { '.' };
    if tenths >= 1000 { w.number(tenths / 10) } else { format!("{}{mark}{}", tenths / 10, tenths % 10) }
}

fn row(w: Localizer, progress: &SigningProgress) -> Row {
    Row {
        code: progress.key.clone(),
        name: progress.name.clone(),
        waiting: w.number(waiting(progress)),
        signed: w.number(progress.signed),
        people: w.number(progress.people),
        percent: percent(w, progress.signed, progress.people),
    }
}

fn service(
    w: Localizer,
    state: &AppState,
    campaign: &Campaign,
    last: Option<LastBatch>,
    trail: Option<String>,
) -> Service {
    let zone = campaign.settings.zone;
    let committed_at = state.live.shown(&campaign.slug).and_then(|shown| shown.snapshot.committed_at);
    let none = || w.t("console-day-none");
    let (queued, queue_max) = state.signing.waiting();
    let wrong = state.sign_in.recent_wrong_attempts(campaign.id);
    let minutes = w.number(RECENT_MINUTES);
    Service {
        is_shared: matches!(state.config.database, Database::Server { .. }),
        last_commit: committed_at.map_or_else(none, |at| local_time::exact(w, zone, at)),
        last_batch: last.map_or_else(none, |last| {
            let millis = u64::try_from(last.took.as_millis()).unwrap_or(u64::MAX);
            let words = [
                ("pledges", w.number(last.pledges)),
                ("ms", w.number(millis)),
                ("at", local_time::exact(w, zone, last.at)),
            ];
            w.with("console-day-batch-is", &words.each_ref().map(|(name, value)| (*name, value.as_str())))
        }),
        queued,
        queue_max,
        queue: w.with("console-of", &[("part", &w.number(queued)), ("whole", &w.number(queue_max))]),
        wrong: w.with(
            "console-day-wrong-is",
            &[("all", &w.number(wrong.all)), ("minutes", &minutes), ("now", &w.number(wrong.now))],
        ),
        trail: trail.unwrap_or_else(none),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn time_left_is_written_in_two_units() {
        let w = Localizer(Lang::Id);
        let written = [0, 59, 60, 3599, 3600, 4325, 86_400, 200_000].map(|secs| left(w, secs));
        assert_eq!(written[0], written[1]);
        assert_eq!(written[2..4], ["1 menit", "59 menit"]);
        assert_eq!(written[4..6], ["1 jam 0 menit", "1 jam 12 menit"]);
        assert_eq!(written[6..], ["1 hari 0 jam", "2 hari 7 jam"]);
    }

    #[test]
    fn the_chart_shows_even_the_slice_with_the_fewest_signatures() {
        let mut pace = Pace::default();
        let at = |secs: i64| UnixMillis(1_800_000_000_000 + secs * 1000);
        for (second, size) in [(0, 0), (10, 5_000), (20, 5_001), (30, 5_001)] {
            pace.record(at(second), size);
        }
        let rate = rate(Localizer(Lang::Id), &pace, 25, at(30));
        let heights: Vec<u64> = rate.bars.iter().map(|bar| bar.height).collect();
        assert_eq!(heights, [100, 1]);
        assert_eq!((rate.per_second.as_str(), rate.per_minute.as_str()), ("2,5", "5.001"));
        assert!(rate.bars.iter().all(|bar| bar.x < rate.width && bar.y + bar.height == 100));
        assert!(rate.label.contains("500"), "{}", rate.label);
    }
}
