//! How a file is read where its author meant more than its cells say.

/// What whoever imports has decided about a file as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadingChoices {
    /// The name of a sheet is the parent unit of its people, or their institution, where no cell says another.
    pub unit_from_sheet: bool,
    /// A blank cell of an institution or unit takes what stands above it.
    pub fill_down: bool,
}
