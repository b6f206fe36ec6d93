//! Minutes (*berita acara*): what a campaign came to, on A4, sealed, with the same as data.
//!
//! They name no person: who signs them by hand fills in their name. The bytes are stored, so that words and layout may
//! change.

mod flow;
pub mod words;

use super::colors::{GREY_COLOR, WARNING_COLOR};
use super::draw::{PAGE_HEIGHT, PAGE_WIDTH, mm};
use super::fault::CertificateFault;
use super::letterhead::PrintedLetterhead;
use super::pades::Seal;
use super::page::PrintedPage;
use super::splice::document::{Document, EmbeddedFile, sealed};
use super::structure::StructureType;
use super::tagged::{WIDTH, centred};
use crate::credential::symbol::Symbol;
use crate::domain::campaign::CampaignKind;
use crate::domain::formula_guard::guarded;
use crate::domain::time::{UnixMillis, Zone};
use crate::i18n::{Lang, Localizer};
use flow::{BOLD, Flow, LEADING, TEXT, Table, TableCells, TableColumn};
use serde::{Serialize, Serializer};

/// The name of the attached data.
pub const DATA_NAME: &str = "berita-acara.json";
/// The name of the attached table.
pub const TABLE_NAME: &str = "rekapitulasi.csv";
/// Side of the QR symbol, in points.
const SYMBOL: f32 = mm(24.0);

/// All that minutes say. Attached as JSON (RFC 8785), which a layout reads nothing back from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Minutes {
    /// Version of this form: 1.
    pub v: u8,
    /// Counts the campaign's minutes, from 1.
    pub edition: u32,
    /// Why they replace the edition before; empty for the first.
    pub reason: String,
    /// The number that the office gave; empty where it is filled in by hand.
    pub letter_number: String,
    /// When they were made.
    #[serde(serialize_with = "rfc3339")]
    pub made_at: UnixMillis,
    /// The time zone of the times in print.
    pub zone: Zone,
    /// The place in print; may be empty.
    pub place: String,
    /// The body that holds the campaign.
    pub organizer: String,
    /// The campaign's title.
    pub title: String,
    /// What was signed.
    pub kind: CampaignKind,
    /// Whether its people and pledges are synthetic.
    pub synthetic: bool,
    /// The address of the campaign's page.
    pub address: String,
    /// When signing began.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub opened_at: Option<UnixMillis>,
    /// When it ended.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub closed_at: Option<UnixMillis>,
    /// The sums.
    pub totals: MinutesTotals,
    /// By institution, in official order.
    pub institutions: Vec<MinutesRow>,
    /// By place as the roster has it; the last one's name may be empty. May be empty.
    pub locations: Vec<MinutesRow>,
    /// By kind of employment; may be empty.
    pub employment: Vec<MinutesRow>,
    /// What was agreed to.
    pub text: MinutesText,
    /// The log of pledges.
    pub log: MinutesLog,
    /// Reports of pledges by somebody else that nobody has decided on.
    pub open_reports: u64,
    /// Positions of those who sign these minutes by hand.
    pub positions: Vec<String>,
}

/// The sums of a campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MinutesTotals {
    /// People at the lock.
    pub locked: u64,
    /// People added since.
    pub added: u64,
    /// People excused since.
    pub excused: u64,
    /// Who was to sign: the first and second, less the third.
    pub target: u64,
    /// Who has, without revoked pledges.
    pub signed: u64,
    /// Revoked pledges.
    pub revoked: u64,
    /// When the first pledge was signed.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub first_signed_at: Option<UnixMillis>,
    /// When the last one was.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub last_signed_at: Option<UnixMillis>,
}

/// One institution, place, or kind of employment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MinutesRow {
    /// The institution's code; empty for the others.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// As printed.
    pub name: String,
    /// Who was to sign.
    pub target: u64,
    /// Who has.
    pub signed: u64,
}

/// The text that was agreed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MinutesText {
    /// Its title.
    pub title: String,
    /// Its clauses in order.
    pub clauses: Vec<String>,
    /// SHA-256 of its canonical form, in hexadecimal.
    pub sha256: String,
}

/// The head of the log of pledges (RFC 6962; C2SP tlog-checkpoint).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MinutesLog {
    /// Its name.
    pub origin: String,
    /// Its entries.
    pub size: u64,
    /// Its root hash, in Base64.
    pub root: String,
    /// The signed note.
    pub checkpoint: String,
}

fn rfc3339<S: Serializer>(at: &UnixMillis, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.rfc3339())
}

fn rfc3339_or_null<S: Serializer>(at: &Option<UnixMillis>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(UnixMillis::rfc3339).serialize(serializer)
}

impl Minutes {
    /// As they are attached (RFC 8785).
    pub fn canonical(&self) -> String {
        serde_json_canonicalizer::to_string(self).expect("numbers, strings and lists always serialise")
    }

    /// The institutions as CSV (RFC 4180), with a byte order mark, so that spreadsheets read names correctly.
    pub fn table(&self) -> Vec<u8> {
        let mut rows = csv::Writer::from_writer("\u{FEFF}".as_bytes().to_vec());
        let mut write = |cells: [&str; 5]| rows.write_record(cells).expect("writing to memory never fails");
        write(["kode", "instansi", "sasaran", "menandatangani", "belum"]);
        for row in &self.institutions {
            let figures = [row.target, row.signed, row.waiting()].map(|count| count.to_string());
            let [target, signed, waiting] = figures.each_ref().map(String::as_str);
            write([&guarded(&row.code), &guarded(&row.name), target, signed, waiting]);
        }
        rows.into_inner().expect("writing to memory never fails")
    }
}

impl MinutesRow {
    /// Who hasn't signed.
    pub fn waiting(&self) -> u64 {
        self.target.saturating_sub(self.signed)
    }
}

/// The sealed file. The same minutes and seal give the same bytes. A mark stands for each character that the fonts
/// lack.
///
/// # Errors
/// `Qr` when the address is too long for a symbol, `TooLong` when a line of the letterhead doesn't fit.
pub fn sealed_minutes(
    minutes: &Minutes,
    letterhead: Option<&PrintedLetterhead>,
    seal: &Seal,
) -> Result<Vec<u8>, CertificateFault> {
    let symbol = Symbol::encode(&minutes.address).map_err(|_| CertificateFault::Qr)?;
    let mut flow = laid_out(minutes, letterhead)?;
    let title = flow.printed(&format!("Berita acara {}", minutes.title));
    let author = flow.printed(&minutes.organizer);
    let foot = flow.printed(&minutes.title);
    let (mut pages, structure, cut) = flow.finish();
    number(&mut pages, &foot, minutes);
    let (data, table) = (minutes.canonical(), minutes.table());
    let attachment = |name, description, media_type, content| EmbeddedFile { name, description, media_type, content };
    let attached = [
        attachment(DATA_NAME, words::DATA_ATTACHED, "application#2Fjson", data.as_bytes()),
        attachment(TABLE_NAME, words::TABLE_ATTACHED, "text#2Fcsv", &table),
    ];
    let emblem = letterhead.and_then(|letterhead| letterhead.emblem.as_ref());
    let (pages, structure, symbol, at) = (&pages, &structure, &symbol, minutes.made_at);
    Ok(sealed(&Document { pages, structure, symbol, emblem, cut, title: &title, author: &author, at, attached }, seal))
}

/// The pages without their feet.
fn laid_out(minutes: &Minutes, letterhead: Option<&PrintedLetterhead>) -> Result<Flow, CertificateFault> {
    let mut flow = Flow::new();
    head(&mut flow, minutes, letterhead)?;
    totals(&mut flow, &minutes.totals, minutes.zone);
    tables(&mut flow, minutes);
    text(&mut flow, &minutes.text);
    log(&mut flow, minutes);
    reports(&mut flow, minutes.open_reports);
    closing(&mut flow, minutes);
    Ok(flow)
}

fn head(flow: &mut Flow, minutes: &Minutes, letterhead: Option<&PrintedLetterhead>) -> Result<(), CertificateFault> {
    if minutes.synthetic {
        flow.centred(StructureType::P, &BOLD.sized(8.0).colored(WARNING_COLOR), 14.0, words::SYNTHETIC);
    }
    match letterhead {
        Some(letterhead) => flow.letterhead(letterhead)?,
        None => {
            flow.centred(StructureType::P, &BOLD.sized(13.0), 17.0, &minutes.organizer.to_uppercase());
            flow.space(6.0);
            flow.rule(1.2);
            flow.space(1.5);
            flow.rule(0.5);
        }
    }
    flow.space(14.0);
    flow.centred(StructureType::H1, &BOLD.sized(13.0).tracked(0.8), 17.0, words::TITLE);
    flow.centred(StructureType::P, &TEXT.sized(11.0), 15.0, &minutes.title);
    let number = if minutes.letter_number.is_empty() { words::DOTS } else { &minutes.letter_number };
    flow.centred(StructureType::P, &TEXT, 16.0, &format!("{}: {number}", words::LETTER_NUMBER));
    if minutes.edition > 1 {
        let style = BOLD.sized(9.0);
        flow.centred(StructureType::P, &style, 14.0, &words::replaces(minutes.edition, &minutes.reason));
    }
    flow.space(12.0);
    let day = words::day_in_words(minutes.zone.civil(minutes.made_at).date());
    let place = if minutes.place.is_empty() { String::new() } else { format!(", bertempat di {}", minutes.place) };
    let when = match (minutes.opened_at, minutes.closed_at) {
        (Some(from), Some(to)) => {
            format!(" dari {} sampai dengan {}", minutes.zone.indonesian(from), minutes.zone.indonesian(to))
        }
        _ => String::new(),
    };
    let what = words::what(minutes.kind);
    let opening = format!(
        "Pada {day}{place}, dibuat berita acara penandatanganan {what} dalam kegiatan \u{201C}{}\u{201D} yang \
         diselenggarakan oleh {}. Penandatanganan berlangsung secara elektronik{when}, dengan hasil sebagai berikut.",
        minutes.title, minutes.organizer
    );
    flow.paragraph(&TEXT, LEADING, &opening);
    Ok(())
}

fn totals(flow: &mut Flow, totals: &MinutesTotals, zone: Zone) {
    let moment = |at: Option<UnixMillis>| at.map_or("–".into(), |at| zone.indonesian(at));
    let waiting = totals.target.saturating_sub(totals.signed);
    let mut rows = vec![(words::LOCKED, words::figure(totals.locked))];
    if totals.added > 0 || totals.excused > 0 {
        rows.push((words::ADDED, words::figure(totals.added)));
        rows.push((words::EXCUSED, words::figure(totals.excused)));
        rows.push((words::TARGET, words::figure(totals.target)));
    }
    rows.extend([
        (words::SIGNED, words::figure(totals.signed)),
        (words::WAITING, words::figure(waiting)),
        (words::REVOKED, words::figure(totals.revoked)),
        (words::FIRST, moment(totals.first_signed_at)),
        (words::LAST, moment(totals.last_signed_at)),
    ]);
    flow.heading(words::TOTALS, 60.0);
    facts(flow, rows);
}

/// Labels and values.
fn facts(flow: &mut Flow, rows: Vec<(&str, String)>) {
    let label = mm(58.0);
    let columns = [
        TableColumn { heading: "", width: label, kind: TableCells::Name },
        TableColumn { heading: "", width: WIDTH - label, kind: TableCells::Text },
    ];
    let rows = rows.into_iter().map(|(label, value)| vec![label.into(), value]).collect();
    flow.table(&Table { columns: &columns, rows, total: None });
}

fn tables(flow: &mut Flow, minutes: &Minutes) {
    if minutes.institutions.len() > 1 {
        flow.heading(words::INSTITUTIONS, 60.0);
        counts(flow, words::INSTITUTION, &minutes.institutions);
    }
    if minutes.locations.len() > 1 {
        flow.heading(words::LOCATIONS, 60.0);
        let named = |row: &MinutesRow| match row.name.as_str() {
            "" => MinutesRow { name: words::NO_LOCATION.into(), ..row.clone() },
            _ => row.clone(),
        };
        counts(flow, words::LOCATION, &minutes.locations.iter().map(named).collect::<Vec<_>>());
    }
    if minutes.employment.len() > 1 {
        flow.heading(words::EMPLOYMENT, 60.0);
        counts(flow, words::KIND, &minutes.employment);
    }
}

fn counts(flow: &mut Flow, names: &str, rows: &[MinutesRow]) {
    let (number, widths) = (mm(11.0), [mm(20.0), mm(29.0), mm(18.0), mm(18.0)]);
    let [first, _, target, signed, waiting, percent] = words::COLUMNS;
    let figures = [target, signed, waiting, percent];
    let mut columns = vec![
        TableColumn { heading: first, width: number, kind: TableCells::Text },
        TableColumn { heading: names, width: WIDTH - number - widths.iter().sum::<f32>(), kind: TableCells::Name },
    ];
    let figures = figures.into_iter().zip(widths);
    columns.extend(figures.map(|(heading, width)| TableColumn { heading, width, kind: TableCells::Figure }));
    let w = Localizer(Lang::Id);
    let cells = |number: String, row: &MinutesRow| {
        let counts = [row.target, row.signed, row.waiting()].map(|count| w.number(count));
        let percent = format!("{}%", w.percent(row.signed, row.target));
        [number, row.name.clone()].into_iter().chain(counts).chain([percent]).collect()
    };
    let sum = |of: fn(&MinutesRow) -> u64| rows.iter().map(of).sum();
    let (target, signed) = (sum(|row| row.target), sum(|row| row.signed));
    let total = MinutesRow { code: String::new(), name: words::SUM.into(), target, signed };
    let printed = (1usize..).zip(rows).map(|(number, row)| cells(number.to_string(), row)).collect();
    flow.table(&Table { columns: &columns, rows: printed, total: Some(cells(String::new(), &total)) });
}

fn text(flow: &mut Flow, text: &MinutesText) {
    flow.heading(words::TEXT, 40.0);
    flow.paragraph(&BOLD, LEADING, &text.title);
    for (number, clause) in (1usize..).zip(&text.clauses) {
        flow.space(2.0);
        flow.paragraph(&TEXT, LEADING, &format!("{number}. {clause}"));
    }
    flow.space(6.0);
    facts(flow, vec![(words::TEXT_HASH, text.sha256.clone())]);
}

fn log(flow: &mut Flow, minutes: &Minutes) {
    let log = &minutes.log;
    flow.heading(words::LOG, 80.0);
    flow.paragraph(&TEXT, LEADING, words::LOG_MEANS);
    flow.space(6.0);
    facts(
        flow,
        vec![
            (words::ORIGIN, log.origin.clone()),
            (words::SIZE, words::figure(log.size)),
            (words::ROOT, log.root.clone()),
        ],
    );
}

fn reports(flow: &mut Flow, open: u64) {
    flow.heading(words::REPORTS, 30.0);
    match open {
        0 => flow.paragraph(&TEXT, LEADING, words::NO_REPORTS),
        open => flow.paragraph(&TEXT, LEADING, &words::open_reports(open)),
    }
}

fn closing(flow: &mut Flow, minutes: &Minutes) {
    flow.space(14.0);
    flow.need(4.0 * LEADING);
    flow.paragraph(&TEXT, LEADING, words::CLOSING);
    flow.space(10.0);
    let date = minutes.zone.indonesian_date(minutes.made_at);
    let dated = if minutes.place.is_empty() { date } else { format!("{}, {date}", minutes.place) };
    flow.paragraph(&TEXT, LEADING, &dated);
    flow.places_to_sign(&minutes.positions);
    flow.space(12.0);
    let address = minutes.address.split_once("://").map_or(minutes.address.as_str(), |(_, address)| address);
    let note = words::note(&minutes.organizer, address);
    flow.symbol_beside(SYMBOL, words::symbol_alternative(address), &note);
}

/// The foot of each page.
fn number(pages: &mut [PrintedPage], title: &str, minutes: &Minutes) {
    let (count, style) = (pages.len(), TEXT.sized(7.5).colored(GREY_COLOR));
    for (number, page) in (1..).zip(pages) {
        let foot = words::page(title, minutes.edition, number, count);
        let foot = super::wrap::even_lines(&foot, &style, WIDTH);
        for (up, line) in foot.iter().rev().enumerate() {
            let y = PAGE_HEIGHT - mm(12.0) - 9.0 * up as f32;
            page.marks.push(centred(None, &style, PAGE_WIDTH / 2.0, y, line));
        }
    }
}

#[cfg(test)]
pub mod samples;
#[cfg(test)]
mod tests;
