//! The messages that can stand above a page's content.

/// A message of what happened; a second one says what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeMessage {
    Left,
    Expired,
    Waiting,
    Wrong,
    CodeShape,
    NumberEmpty,
    NumberLength,
    NumberImpossible,
    NumberForm,
    NotOpen,
    Paused,
    Closed,
    Cancelled,
    Excused,
    ClauseMissing,
    SignatureMissing,
    StrokesInvalid,
    NameDiffers,
    TextChanged,
    ReportEmpty,
    ReportContact,
    ReportsTooMany,
    ReportNumberTypo,
    ReportUnknown,
    ReportStatesTooMany,
    Storage,
}

impl NoticeMessage {
    /// The key of what happened.
    pub fn key(self) -> &'static str {
        match self {
            Self::Left => "sign-left",
            Self::Expired => "sign-expired",
            Self::Waiting => "sign-waiting",
            Self::Wrong => "sign-wrong",
            Self::CodeShape => "sign-code-shape",
            Self::NumberEmpty => "sign-number-empty",
            Self::NumberLength => "sign-number-length",
            Self::NumberImpossible => "sign-number-impossible",
            Self::NumberForm => "sign-number-form",
            Self::NotOpen => "sign-not-open",
            Self::Paused => "sign-paused",
            Self::Closed => "sign-closed",
            Self::Cancelled => "sign-cancelled",
            Self::Excused => "sign-excused",
            Self::ClauseMissing => "sign-clause-missing",
            Self::SignatureMissing => "sign-signature-missing",
            Self::StrokesInvalid => "sign-strokes-invalid",
            Self::NameDiffers => "sign-name-differs",
            Self::TextChanged => "sign-text-changed",
            Self::ReportEmpty => "report-empty",
            Self::ReportContact => "report-contact-bad",
            Self::ReportsTooMany => "report-too-many",
            Self::ReportNumberTypo => "report-number-typo",
            Self::ReportUnknown => "report-unknown",
            Self::ReportStatesTooMany => "report-states-too-many",
            Self::Storage => "error-storage",
        }
    }

    /// The key of what to do next.
    pub fn next_key(self) -> String {
        format!("{}-next", self.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::every_variant::every_variant;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_notice_says_what_to_do_next() {
        let messages = every_variant!(NoticeMessage:
            Left, Expired, Waiting, Wrong, CodeShape, NumberEmpty, NumberLength, NumberImpossible, NumberForm,
            NotOpen, Paused, Closed, Cancelled, Excused, ClauseMissing, SignatureMissing, StrokesInvalid, NameDiffers,
            TextChanged, ReportEmpty, ReportContact, ReportsTooMany, ReportNumberTypo, ReportUnknown,
            ReportStatesTooMany, Storage
        );
        check_built_keys("{}-next", messages.map(NoticeMessage::key));
    }
}
