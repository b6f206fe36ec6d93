//! What is asked and told of registered units, in words and as JSON.

use crate::domain::unit_renames::{
    KnownUnit, RENAMES_SAID_MAX, RenameChoice, RenameFault, RenameQuestion, UnitRenames,
};
use crate::i18n::Localizer;
use serde_json::{Value, json};

/// Units that the file doesn't have that are listed.
const GONE_LISTED_MAX: usize = 50;

/// Units that have another name, and those that are gone although accounts are of them.
pub fn unit_lines(renames: &UnitRenames, words: Localizer) -> Vec<String> {
    let mut lines: Vec<String> = renames
        .said
        .iter()
        .map(|one| {
            let told = [("node", &*one.node), ("before", &one.before), ("after", &one.after)];
            words.with("roster-report-renamed", &told)
        })
        .collect();
    for KnownUnit { node, name, accounts } in renames.gone.iter().take(GONE_LISTED_MAX) {
        let told = [("node", &**node), ("name", name), ("accounts", &words.number(*accounts))];
        lines.push(words.with("roster-report-unit-gone", &told));
    }
    let more = renames.gone.len().saturating_sub(GONE_LISTED_MAX);
    if more > 0 {
        lines.push(words.with("roster-report-units-gone-more", &[("count", &words.number(more as u64))]));
    }
    lines
}

/// What is asked, as the terminal shows it.
pub fn unit_questions(renames: &UnitRenames, words: Localizer) -> Vec<String> {
    let asked = renames.asked.iter().filter(|one| one.same.is_none());
    let mut lines: Vec<String> = asked
        .map(|one| {
            let known: Vec<String> = one.choices.iter().map(|choice| rename_choice(choice, words)).collect();
            let node = one.choices.first().map_or("", |choice| choice.unit.node.as_str());
            let told = [("path", &*one.path), ("known", &known.join("; ")), ("node", node), ("name", &one.name)];
            words.with("roster-report-unit-asked", &told)
        })
        .collect();
    if renames.more > 0 {
        lines.push(words.with("roster-report-units-asked-more", &[("count", &words.number(renames.more))]));
    }
    lines
}

/// A unit that a new one may have been.
pub fn rename_choice(choice: &RenameChoice, words: Localizer) -> String {
    let KnownUnit { node, name, accounts } = &choice.unit;
    let (people, accounts) = (words.number(choice.people), words.number(*accounts));
    let told = [("node", &**node), ("name", name), ("people", &people), ("accounts", &accounts)];
    words.with("roster-report-unit-choice", &told)
}

/// Why what was said of a unit isn't so.
pub fn rename_fault(fault: &RenameFault, words: Localizer) -> String {
    let (key, said, more) = match fault {
        RenameFault::NoSuchUnit(said) => ("roster-same-unit-unknown", said, ""),
        RenameFault::NotInFile(said) => ("roster-same-unit-not-in-file", said, ""),
        RenameFault::StillThere { said, known } => ("roster-same-unit-still-there", said, &**known),
        RenameFault::OtherUnit { said, other } => ("roster-same-unit-other", said, &**other),
        RenameFault::Twice(said) => ("roster-same-unit-twice", said, ""),
        RenameFault::TooMany => {
            let most = words.number(RENAMES_SAID_MAX as u64);
            return words.with("roster-same-unit-too-many", &[("most", &most)]);
        }
    };
    words.with(key, &[("node", &said.node), ("name", &said.name), ("more", more)])
}

/// As the audit trail has them: the node, and its names before and after.
pub fn renamed_units(renames: &UnitRenames) -> Vec<String> {
    renames.said.iter().map(|one| format!("{} {} -> {}", one.node, one.before, one.after)).collect()
}

/// The rows of a report that are about registered units.
pub fn renames_json(renames: &UnitRenames) -> [(&'static str, Value); 4] {
    let unit = |unit: &KnownUnit| json!({ "node": unit.node, "name": unit.name, "accounts": unit.accounts });
    let choice = |choice: &RenameChoice| {
        let mut known = unit(&choice.unit);
        known["people"] = choice.people.into();
        known
    };
    let question = |one: &RenameQuestion| {
        let choices: Vec<Value> = one.choices.iter().map(choice).collect();
        json!({ "parent": one.parent, "name": one.name, "path": one.path, "known": choices, "same": one.same })
    };
    let renamed = renames.said.iter();
    let renamed = renamed.map(|one| json!({ "node": one.node, "before": one.before, "after": one.after }));
    [
        ("units_asked", renames.asked.iter().map(question).collect()),
        ("units_asked_more", renames.more.into()),
        ("units_renamed", renamed.collect()),
        ("units_gone", renames.gone.iter().map(unit).collect()),
    ]
}
