//! What the command line hands to a run.

use crate::app::Resources;
use crate::config::ConfigOptions;
use crate::domain::disclosure::Disclosure;
use crate::i18n::Localizer;
use std::pin::Pin;

/// Handed to every scenario.
pub struct BenchContext {
    /// The settings as typed.
    pub settings: ConfigOptions,
    /// The terminal's language.
    pub words: Localizer,
    /// Opens an installation.
    pub open: OpenInstallation,
    /// A run reads the access codes that it signs in with.
    pub disclosure: Disclosure,
}

/// Opens an installation, and says in the terminal's language what stands in the way.
pub type OpenInstallation = fn(ConfigOptions) -> Pin<Box<dyn Future<Output = anyhow::Result<Resources>>>>;
