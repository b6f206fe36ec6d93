//! What the command line passes to a run.

use crate::app::Resources;
use crate::config::ConfigOptions;
use crate::domain::disclosure::Disclosure;
use crate::i18n::Localizer;
use std::pin::Pin;

/// Passed to every scenario.
pub struct BenchContext {
    /// The settings as typed.
    pub settings: ConfigOptions,
    /// The terminal's language.
    pub words: Localizer,
    /// Opens an installation.
    pub open: OpenInstallation,
    /// Permission to read the access codes that the run signs in with.
    pub disclosure: Disclosure,
}

/// Opens an installation. Errors are in the terminal's language.
pub type OpenInstallation = fn(ConfigOptions) -> Pin<Box<dyn Future<Output = anyhow::Result<Resources>>>>;
