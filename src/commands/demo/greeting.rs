//! What the demo prints: where to sign, with which code, and where to watch.

use super::event::SLUG;
use super::identities::DemoFiles;
use crate::app::Services;
use crate::i18n::Localizer;
use crate::output::outln;
use anyhow::Context;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

pub(super) fn print(state: &Services, files: &DemoFiles, lan: bool, words: Localizer) -> anyhow::Result<()> {
    let url = &state.config.public_url;
    let sign = format!("{url}/k/{SLUG}/sign");
    outln!("\n{}\n", words.t("demo-title"));
    for (label, link) in [
        (words.t("demo-sign"), sign.clone()),
        (words.t("demo-hall"), format!("{url}/k/{SLUG}/live")),
        (words.t("demo-verify"), format!("{url}/v")),
        (words.t("demo-console"), format!("{url}/console")),
    ] {
        outln!("  {label:<18} {link}");
    }
    outln!("\n{}", words.t("demo-samples"));
    for sample in &files.samples {
        outln!("  {:<20} {}  {}, {}", sample.identifier, sample.access_code, sample.name, sample.institution);
    }
    outln!("\n{}", words.with("demo-participants-file", &[("file", &files.participants.display().to_string())]));
    outln!("{}", words.with("demo-password-file", &[("file", &files.password.display().to_string())]));
    let qr = QrCode::new(sign.as_bytes()).context("an address is short enough for a QR code")?;
    // Dark modules are printed as blanks on a light ground, so that a camera can also read it on a dark terminal.
    let drawn = qr.render::<Dense1x2>().dark_color(Dense1x2::Dark).light_color(Dense1x2::Light).build();
    outln!("\n{drawn}\n");
    if lan {
        outln!("{}\n", words.t("demo-lan-warning"));
    }
    Ok(())
}
