//! Checks the rows of a file and turns them into people.

use super::budget::Budget;
use super::cell::{COLUMNS_MAX, ColumnNeed, Merged, RawRow, RowSink, column_letters};
use super::column_choices::ColumnChoices;
use super::column_report::{FileColumns, UnnamedColumn};
use super::column_watch::ColumnWatch;
use super::doubts::{PERSON_BYTES, TwoNumbers};
use super::employment_words::EmploymentReader;
use super::fault::{Fault, FaultKind, Faults, column_name, shortened};
use super::field::Field;
use super::fill_down::{FillDown, LackingCells};
use super::header::Header;
use super::header_guess::HeaderGuess;
use super::header_rows::{HeaderRows, HeaderSearch};
use super::kept_values::{KeptCounts, MissingColumns};
use super::not_people::{Numberless, TableRows};
use super::numbering::{KnownNumbers, NUMBERLESS_MAX, NumberGiven, Waiting};
use super::own_lists::{is_own_export, is_own_list};
use super::reading_choices::ReadingChoices;
use super::row_notes::RowRemarks;
use super::row_values::{CellFault, RowKind, RowValues};
use super::sheet_units::{SheetUnits, unit_of_sheet};
use super::surroundings::Surroundings;
use super::target::Target;
use super::unit_names::UNIT_COLUMNS;
use super::unit_tree::UnitTree;
use super::unread_sheet::{UnreadReason, UnreadSheet};
use super::{ROWS_MAX, RosterFileError};
use crate::domain::employment::EmploymentCounts;
use crate::domain::identifier::Identifier;
use crate::domain::ids::ParticipantId;
use crate::domain::participant::Participant;
use jiff::civil::Date;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Bytes kept for each person with an identifier, with the unused capacity of the hash table.
const SEEN_BYTES: usize = 64;
/// Further bytes for a participant number that the file gives.
const NUMBER_BYTES: usize = 192;
/// Bytes kept for a person without a number, besides the texts.
const NUMBERLESS_BYTES: usize = 256;

/// Ranges of hidden columns of a sheet that are remembered. A sheet hardly has more than a few.
const HIDDEN_RANGES_MAX: usize = 1_000;
/// Columns without a heading that are told.
const UNNAMED_COLUMNS_MAX: usize = 100;

/// Checks all sheets of one file.
pub struct Checker<'a, S> {
    pub surroundings: &'a mut S,
    pub budget: Budget,
    pub target: Target,
    /// Participant numbers that were in force before.
    pub known: KnownNumbers,
    pub units: UnitTree,
    pub faults: Faults,
    pub people: u64,
    /// People whose row has no number.
    pub numbered: u64,
    /// People of each kind of employment.
    pub employment: EmploymentCounts,
    /// People who keep what the file has no column for.
    pub kept: KeptCounts,
    /// The date by which times within numbers are judged.
    pub today: Option<Date>,
    /// What becomes of rows without a number.
    pub numberless_rows: Numberless,
    /// How the file is read where its cells leave it open.
    pub reading: ReadingChoices,
    /// What people say that columns hold.
    pub choices: ColumnChoices,
    /// What the columns hold, and the first names.
    pub columns: FileColumns,
    /// Rows that are told.
    pub remarks: RowRemarks,
    /// Sheets that hold something and are not read.
    pub sheets_unread: Vec<UnreadSheet>,
    /// Columns without a heading, between others, that hold something.
    pub unnamed_columns: Vec<UnnamedColumn>,
    rows: u64,
    pub(super) sheets: Vec<Arc<str>>,
    /// Looks for the header of the current sheet.
    pub(super) search: HeaderSearch,
    /// What the sheet's header may be, as long as none is found.
    pub(super) guess: HeaderGuess,
    /// Guesses of earlier sheets, for a file that has no header at all.
    guessed: FileColumns,
    /// Rows that are still read for what their columns hold, although the file is refused for its columns.
    pub(super) rows_to_show: u32,
    /// A header of which the next row may be a part.
    pub(super) found: Option<HeaderRows>,
    /// The header of the current sheet, with its first and last row.
    pub(super) header: Option<((u32, u32), Header)>,
    /// Rows of the sheet so far, and which of them the header begins with.
    pub(super) sheet_rows: u32,
    pub(super) header_from: u32,
    /// Columns of the sheet that a spreadsheet doesn't show.
    pub(super) hidden_columns: Vec<(u32, u32)>,
    /// The rows of the sheet while no header is found.
    pub(super) above_header: UnreadSheet,
    /// What the columns of the sheet hold, read or not.
    pub(super) watch: ColumnWatch,
    /// The rows of the current sheet.
    pub(super) table: TableRows,
    pub(super) fill: FillDown,
    /// What the row lacks that stands above it.
    pub(super) lacks: Option<LackingCells>,
    pub(super) sheet_units: SheetUnits,
    /// The columns that the current sheet doesn't have.
    pub(super) missing: MissingColumns,
    /// The current sheet is a list that this program wrote.
    pub(super) is_own_list: bool,
    /// The current sheet is a roster that this program exported.
    is_own_export: bool,
    headers_found: u32,
    /// The last row that holds a person. Merged cells below it are signatures and the like.
    pub(super) last_person_row: u32,
    /// Rows of the sheet that hold something and nobody, as far as the limit.
    pub(super) empty_rows: Vec<u32>,
    /// Index of the sheet and row of each person with an identifier.
    seen: HashMap<ParticipantId, (u32, u32)>,
    numberless: Vec<Waiting>,
    pub(super) refused: Option<RosterFileError>,
    /// Faults that stand unless the rest of the file names the institution that issued the number.
    pub(super) issuers_to_find: Vec<Fault>,
    two_numbers: TwoNumbers,
    pub employments: EmploymentReader,
}

impl<'a, S: Surroundings> Checker<'a, S> {
    pub fn new(surroundings: &'a mut S, target: Target, known: KnownNumbers, budget: Budget) -> Self {
        Self {
            surroundings,
            budget,
            target,
            known,
            units: UnitTree::default(),
            faults: Faults::default(),
            people: 0,
            numbered: 0,
            employment: EmploymentCounts::default(),
            kept: KeptCounts::default(),
            today: None,
            numberless_rows: Numberless::default(),
            reading: ReadingChoices::default(),
            choices: ColumnChoices::default(),
            columns: FileColumns::default(),
            remarks: RowRemarks::default(),
            sheets_unread: vec![],
            rows: 0,
            sheets: vec![],
            search: HeaderSearch::default(),
            guess: HeaderGuess::default(),
            guessed: FileColumns::default(),
            rows_to_show: 0,
            found: None,
            header: None,
            sheet_rows: 0,
            header_from: 0,
            hidden_columns: vec![],
            above_header: UnreadSheet::new("", UnreadReason::NoHeader),
            watch: ColumnWatch::default(),
            unnamed_columns: vec![],
            table: TableRows::default(),
            fill: FillDown::default(),
            lacks: None,
            sheet_units: SheetUnits::default(),
            missing: MissingColumns::default(),
            is_own_list: false,
            is_own_export: false,
            headers_found: 0,
            last_person_row: 0,
            empty_rows: vec![],
            seen: HashMap::new(),
            numberless: vec![],
            refused: None,
            issuers_to_find: vec![],
            two_numbers: TwoNumbers::default(),
            employments: EmploymentReader::default(),
        }
    }

    /// Ends the file: gives numbers to people without one, and reports what is wrong with the file as a whole.
    pub fn finish(&mut self) -> Result<(), RosterFileError> {
        self.end_sheet();
        self.tell_of_offices();
        self.find_issuers();
        if self.headers_found == 0 && self.columns.columns.is_empty() {
            self.columns = std::mem::take(&mut self.guessed);
        }
        if let Some(refused) = self.refused.take() {
            return Err(refused);
        }
        if self.headers_found == 0 && self.faults.is_empty() {
            return Err(RosterFileError::NoHeader { hidden: self.hidden_sheets() });
        }
        if self.people == 0 && self.numberless.is_empty() && self.faults.is_empty() {
            let others = &self.remarks.not_participants;
            return Err(match others.first.first() {
                Some(first) => RosterFileError::NoParticipants { rows: others.count, first: first.text.clone() },
                None => RosterFileError::NoPeople { hidden: self.hidden_sheets() },
            });
        }
        if self.units.is_full() {
            return Err(RosterFileError::TooManyUnits);
        }
        self.number()
    }

    fn number(&mut self) -> Result<(), RosterFileError> {
        let mut waiting = std::mem::take(&mut self.numberless);
        self.numbered = waiting.len() as u64;
        self.known.give_back(&mut waiting, &self.units, &self.budget)?;
        for Waiting { mut person, place: (sheet, row), missing, number } in waiting {
            self.budget.step(1)?;
            match number {
                NumberGiven::Earlier => {}
                NumberGiven::ByNameAlone => {
                    let sheet = &self.sheets[sheet as usize];
                    self.remarks.numbers_by_name.add(sheet, row, &person.shown_name);
                }
                NumberGiven::NotYet => {
                    let institution = person.institution.clone();
                    person.identifier = self
                        .known
                        .fresh(&institution)
                        .ok_or(RosterFileError::NoSuchInstitution { code: institution })?;
                }
            }
            if number != NumberGiven::NotYet && missing.any() {
                self.keep_missing(&mut person, missing);
            }
            person.id = self.surroundings.identify(&person.identifier);
            self.hand_over(person);
        }
        self.refused.take().map_or(Ok(()), Err)
    }

    fn hand_over(&mut self, person: Participant) {
        self.people += 1;
        self.employment.add(person.employment, 1);
        if self.refused.is_none() && self.surroundings.person(person, &self.units).is_break() {
            self.refused = Some(RosterFileError::Cancelled);
        }
    }

    fn refuse(&mut self, error: RosterFileError) -> ControlFlow<()> {
        self.refused.get_or_insert(error);
        ControlFlow::Break(())
    }

    pub(super) fn sheet_name(&self) -> Arc<str> {
        self.sheets.last().cloned().unwrap_or_default()
    }

    pub(super) fn fault(&mut self, row: u32, fault: CellFault<'_>) {
        let fault = self.placed(row, fault);
        self.add(fault);
    }

    pub(super) fn placed(&self, row: u32, (column, value, kind): CellFault<'_>) -> Fault {
        let column = column.map(|column| column_name(column.column, &column.label)).unwrap_or_default();
        Fault { sheet: self.sheet_name(), row, column, value: shortened(value.trim()), kind }
    }

    /// Counts a fault and keeps it if there is room.
    pub(super) fn add(&mut self, fault: Fault) {
        if self.faults.is_keeping() && self.budget.has_room(fault.bytes()) {
            self.faults.add(fault);
        } else {
            self.faults.total += 1;
        }
    }

    /// Counts bytes that are about to be kept. `Break` if there is no room for them.
    fn hold(&mut self, bytes: usize) -> ControlFlow<()> {
        match self.budget.hold(bytes) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => self.refuse(error),
        }
    }

    fn end_sheet(&mut self) {
        if let Some(found) = self.found.take() {
            let _: ControlFlow<()> = self.begin_data(found);
        }
        self.tell_of_sheet();
        if self.header.is_none()
            && let Some(name) = self.sheets.last()
        {
            self.guess.readings(name).for_each(|column| self.guessed.add(column));
        }
        self.faults.headers.resize(self.sheets.len(), None);
        let sheet = self.sheet_name();
        if let Some((column, watched)) = self.watch.unread_numbers() {
            self.refused.get_or_insert(RosterFileError::UnreadNumbers {
                sheet: sheet.to_string(),
                column: column_letters(column),
                heading: watched.heading.clone(),
                samples: watched.samples.join(", "),
            });
        }
        let room = UNNAMED_COLUMNS_MAX.saturating_sub(self.unnamed_columns.len());
        self.unnamed_columns.extend(self.watch.unnamed().take(room).map(|(column, watched)| UnnamedColumn {
            sheet: sheet.to_string(),
            column: column_letters(column),
            samples: watched.samples.clone(),
        }));
        self.watch.readings(&sheet).for_each(|column| self.columns.add(column));
        self.watch = ColumnWatch::default();
        (self.guess, self.rows_to_show) = (HeaderGuess::default(), 0);
    }

    pub(super) fn begin_data(&mut self, found: HeaderRows) -> ControlFlow<()> {
        let place = found.place(self.header_from);
        let HeaderRows { header, rows, .. } = found;
        if let Some((first, second)) = header.ambiguous {
            let (first, second) = (column_letters(first), column_letters(second));
            self.refuse_columns(RosterFileError::AmbiguousColumns { first, second });
        } else {
            self.check_institution(&header);
        }
        self.tell_of_header(rows.0, &header);
        self.headers_found += 1;
        self.watch = ColumnWatch::new(&header);
        self.table = TableRows::of(&header);
        self.fill = FillDown::of(&header);
        self.missing = MissingColumns::of(&header);
        self.is_own_list = is_own_list(&header);
        self.is_own_export = is_own_export(&header);
        self.faults.headers.resize(self.sheets.len() - 1, None);
        self.faults.headers.push(Some(place));
        self.header = Some((rows, header));
        ControlFlow::Continue(())
    }

    fn person(&mut self, values: &RowValues<'_>, row: u32) -> ControlFlow<()> {
        let mut faults = vec![];
        values.cell_faults(&mut faults);
        if !faults.is_empty() {
            // Further checks would report faults that only follow from these.
            faults.into_iter().for_each(|fault| self.fault(row, fault));
            return ControlFlow::Continue(());
        }
        let has_number = values.has(Field::Identifier) || values.has(Field::Number);
        let has_unit = UNIT_COLUMNS.iter().any(|field| values.has(*field));
        if !has_number && values.is_filled(Field::Name) && !self.takes(values, has_unit) {
            return self.skip(row, values);
        }
        let name = values.shown_name();
        if let Ok(name) = &name {
            self.columns.name(name);
        }
        let institution = self.institution_of(values);
        let code = institution.as_ref().map_or("", |at| self.target.code(*at)).to_owned();
        let identifier = values.identifier(&code).and_then(|number| self.issued(row, values, number));
        match (name, institution, identifier) {
            (Ok(name), Ok(institution), Ok(identifier)) => {
                self.place(row, values, name, (institution, &code), identifier)
            }
            (name, institution, identifier) => {
                for fault in [name.err(), institution.err(), identifier.err()].into_iter().flatten() {
                    self.fault(row, fault);
                }
                ControlFlow::Continue(())
            }
        }
    }

    fn place(
        &mut self,
        row: u32,
        values: &RowValues<'_>,
        shown_name: String,
        institution: (usize, &str),
        identifier: Option<Identifier>,
    ) -> ControlFlow<()> {
        let mut units = self.target.unit_names(institution.0, values);
        // An export gives a code to each unit but one of a name, and the one without stands above others.
        units.code.is_of_file &= !self.is_own_export;
        self.complete_units(institution.1, identifier.as_ref(), &mut units);
        if identifier.is_none() {
            // Only now it is known whether the unit is another name than the institution's.
            if !self.takes(values, !units.names.is_empty()) {
                return self.skip(row, values);
            }
            self.remarks.numberless.add(&self.sheet_name(), row, &shown_name);
        }
        if !units.has_agency
            && self.reading.unit_from_sheet
            && let Some(of_sheet) = unit_of_sheet(&self.sheet_name())
            && !self.target.is_name_of(institution.0, &of_sheet)
        {
            units.put_above(of_sheet);
            self.complete_units(institution.1, identifier.as_ref(), &mut units);
        }
        let units_before = self.units.bytes();
        let unit = self.units.place(institution, &units.names, &units.code);
        self.hold(self.units.bytes() - units_before)?;
        let mut person = Participant {
            id: ParticipantId([0; 16]),
            // A placeholder until the person gets a number at the end.
            identifier: identifier.clone().unwrap_or_else(|| Identifier::Nip(String::new())),
            shown_name,
            institution: institution.1.to_owned(),
            unit,
            location: values.optional(Field::Location),
            rank: values.rank(),
            position: values.optional(Field::Position),
            employment: self.employed(row, values),
        };
        if identifier.is_some() && self.missing.any() {
            self.keep_missing(&mut person, self.missing);
        }
        self.keep(row, values, person, identifier)
    }

    /// Hands a person over, or keeps one without a number until the end of the file.
    fn keep(
        &mut self,
        row: u32,
        values: &RowValues<'_>,
        mut person: Participant,
        identifier: Option<Identifier>,
    ) -> ControlFlow<()> {
        self.last_person_row = row;
        self.table.count(values);
        let sheet = u32::try_from(self.sheets.len() - 1).unwrap_or(u32::MAX);
        self.tell_of_person(row, values, &person.shown_name);
        match identifier {
            None if self.numberless.len() >= NUMBERLESS_MAX => return self.refuse(RosterFileError::TooManyRows),
            None => {
                self.hold(kept_bytes(&person))?;
                let (place, missing) = ((sheet, row), self.missing);
                self.numberless.push(Waiting { person, place, missing, number: NumberGiven::NotYet });
            }
            Some(identifier) => {
                self.hold(if identifier.issuer().is_empty() {
                    SEEN_BYTES + PERSON_BYTES
                } else {
                    SEEN_BYTES + NUMBER_BYTES
                })?;
                person.id = self.surroundings.identify(&identifier);
                match self.seen.entry(person.id) {
                    Entry::Occupied(first) => {
                        let (first_sheet, first_row) = *first.get();
                        let sheet = self.sheets[first_sheet as usize].clone();
                        let field = if values.has(Field::Identifier) { Field::Identifier } else { Field::Number };
                        self.fault(row, values.fault(field, FaultKind::Duplicate { sheet, row: first_row }));
                    }
                    Entry::Vacant(free) => {
                        free.insert((sheet, row));
                        if self.two_numbers.meets(&identifier, values) {
                            self.remarks.two_numbers.add(&self.sheet_name(), row, &person.shown_name);
                        }
                        self.known.take(&identifier, &person.institution);
                        self.hand_over(person);
                    }
                }
            }
        }
        if self.refused.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// A row below the header.
    pub(super) fn row_of_table(&mut self, raw: &RawRow<'_>) -> ControlFlow<()> {
        let Some((rows, header)) = self.header.take() else { return ControlFlow::Continue(()) };
        let values = RowValues::new(&header, raw);
        let flow = match values.kind(raw.row.saturating_sub(rows.1)) {
            RowKind::Blank | RowKind::ColumnNumbers => {
                if !raw.cells.is_empty() {
                    self.holds_nobody(raw.row);
                }
                ControlFlow::Continue(())
            }
            RowKind::SecondHeader => {
                self.fault(raw.row, (None, values.first(), FaultKind::SecondHeader));
                ControlFlow::Continue(())
            }
            RowKind::Person if self.rows_to_show > 0 => self.show(raw, &values),
            RowKind::Person if self.table.excludes(&values) => {
                self.watch.see_left_out(raw);
                if self.table.heads_a_block(&values) {
                    self.fill.pass(raw.cells);
                }
                self.skip(raw.row, &values)
            }
            RowKind::Person => match self.watch.beyond(raw) {
                Some((column, cell)) => {
                    self.beyond_header(raw.row, *column, cell);
                    ControlFlow::Continue(())
                }
                None => {
                    self.watch.see(raw);
                    let above = self.fill.pass(raw.cells);
                    self.lacks = above.kind();
                    if self.reading.fill_down && self.lacks.is_some() {
                        let cells = above.with(raw.cells);
                        self.person(&RowValues::new(&header, &RawRow { cells: &cells, ..*raw }), raw.row)
                    } else {
                        self.person(&values, raw.row)
                    }
                }
            },
        };
        self.header = Some((rows, header));
        flow
    }
}

fn kept_bytes(person: &Participant) -> usize {
    let texts = [&person.shown_name, &person.institution, &person.location, &person.rank, &person.position];
    NUMBERLESS_BYTES + texts.iter().map(|text| text.len()).sum::<usize>()
}

impl<S: Surroundings> RowSink for Checker<'_, S> {
    fn sheet(&mut self, name: &str) {
        self.end_sheet();
        self.sheets.push(name.into());
        self.above_header = UnreadSheet::new(name, UnreadReason::NoHeader);
        self.hidden_columns.clear();
        self.header = None;
        self.last_person_row = 0;
        self.empty_rows.clear();
        self.search = HeaderSearch::default();
        self.sheet_rows = 0;
    }

    fn need(&self, column: u32) -> ColumnNeed {
        match (&self.header, &self.found) {
            (None, None) if column >= COLUMNS_MAX => ColumnNeed::Unneeded,
            (None, Some(found)) if found.header.at(column).is_none() => ColumnNeed::IfRoom,
            (None, None) if self.search.is_over() => ColumnNeed::IfRoom,
            (None, _) => ColumnNeed::Needed,
            (Some(_), _) => self.watch.need(column),
        }
    }

    fn row(&mut self, raw: RawRow<'_>) -> ControlFlow<()> {
        self.rows += 1;
        if self.rows > ROWS_MAX {
            return self.refuse(RosterFileError::TooManyRows);
        }
        if self.refused.is_some() && self.rows_to_show == 0 {
            return ControlFlow::Break(());
        }
        self.sheet_rows += 1;
        if let Some(found) = self.found.take() {
            let joined = found.going_on(&RawRow { cells: raw.headings(), ..raw }, &self.choices);
            let is_part = joined.is_some();
            self.begin_data(joined.unwrap_or(found))?;
            if is_part {
                return ControlFlow::Continue(());
            }
        }
        if self.header.is_none() {
            self.above_header.see(raw.filled().map(shortened));
            return self.search_header(&raw);
        }
        self.row_of_table(&raw)
    }

    fn hidden_columns(&mut self, columns: (u32, u32)) {
        if self.hidden_columns.len() < HIDDEN_RANGES_MAX {
            self.hidden_columns.push(columns);
        }
    }

    fn hidden_sheet(&mut self, sheet: UnreadSheet) {
        self.sheets_unread.push(sheet);
    }

    fn merged(&mut self, area: Merged) {
        self.merged_fault(area);
    }

    fn progress(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        #[expect(clippy::cast_precision_loss, reason = "a share for a progress bar")]
        let share = done as f64 / total.max(1) as f64;
        match self.surroundings.progress(self.rows, self.faults.total, share.min(1.0)) {
            ControlFlow::Break(()) => self.refuse(RosterFileError::Cancelled),
            flow => flow,
        }
    }
}
