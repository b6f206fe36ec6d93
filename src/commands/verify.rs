//! `ikrar verify`: a verdict without a network. Exit code 0: valid or replaced; 1: not valid; 2: wrong use; 3: revoked;
//! 4: unreadable input; 5: a genuine credential in an unsigned page.

use super::terminal_words;
use crate::config::ConfigOptions;
use crate::credential::jwks::{JWKS_BYTES_MAX, Jwks};
use crate::i18n::Localizer;
use crate::output::{errln, outln};
use crate::service::keys::JWKS_FILE;
use crate::verification::{
    EXAMINE_TIME_MAX, Examined, INPUT_BYTES_MAX, Input, PledgeStanding, STATUS_BYTES_MAX, SavedStatus, Tone,
    TrustRoots, VerificationReport, examine,
};
use crate::web::verify::view;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

const USAGE: u8 = 2;
const UNREADABLE: u8 = 4;

#[derive(clap::Args)]
#[command(after_help = "\
Exit code: 0 valid, or replaced by a newer one; 1 not valid; 2 wrong use; 3 revoked; 4 unreadable input;
5 the pledge's data is genuine, but nobody vouches for the page that carries it: compare name, digits and institution")]
pub struct VerifyArgs {
    /// A certificate (PDF), credential or receipt file, or the text of a QR code
    input: String,
    /// Keys of the issuer, saved from /.well-known/jwks.json [default: those of the data folder]
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// How the pledge stands, saved from /c/{pledge_id}.json. Nothing signs it, so `revocation` is `saved`; without it,
    /// `not_checked`
    #[arg(long, value_name = "FILE")]
    status: Option<PathBuf>,
    /// Where to write the certificate as it was issued, if something was added to the file later; the file must not
    /// exist yet
    #[arg(long, value_name = "FILE.pdf")]
    sealed: Option<PathBuf>,
    /// Print the verdict as JSON
    #[arg(long)]
    json: bool,
}

/// Why there is no verdict: the exit code and what to say.
struct Refusal(u8, String);

pub fn run(settings: ConfigOptions, args: &VerifyArgs) -> anyhow::Result<u8> {
    let w = terminal_words();
    let trust = match &args.trust {
        Some(path) => path.clone(),
        None => settings.resolve(Path::new("."))?.data.join(JWKS_FILE),
    };
    Ok(match verdict(args, &trust, w) {
        Ok(report) => {
            print(&report, args, w)?;
            if let Some(path) = &args.sealed
                && let Err(Refusal(code, words)) = write_sealed(&args.input, &report, path, w)
            {
                errln!("{words}");
                return Ok(code);
            }
            report.outcome().exit
        }
        Err(Refusal(code, words)) => {
            errln!("{words}");
            code
        }
    })
}

fn verdict(args: &VerifyArgs, trust: &Path, w: Localizer) -> Result<VerificationReport, Refusal> {
    let no_trust = || Refusal(USAGE, w.with("verify-cli-no-trust", &[("path", &trust.display().to_string())]));
    let keys = read_up_to(trust, JWKS_BYTES_MAX).ok().and_then(|json| Jwks::parse(&json).ok()).ok_or_else(no_trust)?;
    let (input, trust) = (input(&args.input, w)?, TrustRoots::of(&[keys]));
    let too_long = || Refusal(UNREADABLE, w.with("verify-cli-too-long", &[("input", &args.input)]));
    let examined = within(EXAMINE_TIME_MAX, move || examine(&input, &trust)).ok_or_else(too_long)?;
    match &args.status {
        None => Ok(examined.offline()),
        Some(path) => with_status(examined, path, w),
    }
}

/// The file of that name; otherwise the text of a QR code, if it looks like one.
fn input(given: &str, w: Localizer) -> Result<Input, Refusal> {
    match read_up_to(Path::new(given), INPUT_BYTES_MAX) {
        Ok(bytes) if !bytes.is_empty() => Ok(Input::File(bytes)),
        Err(fault) if fault.kind() == io::ErrorKind::FileTooLarge => {
            Err(Refusal(UNREADABLE, w.with("verify-cli-too-large", &[("input", given)])))
        }
        Err(_) if given.contains("/v#") || given.chars().all(|c| c.is_ascii_digit()) => Ok(Input::Text(given.into())),
        _ => Err(Refusal(UNREADABLE, w.with("verify-cli-unreadable", &[("input", given)]))),
    }
}

fn with_status(examined: Examined, path: &Path, w: Localizer) -> Result<VerificationReport, Refusal> {
    let Some(pledge) = examined.claims().map(|claims| claims.pledge) else { return Ok(examined.offline()) };
    let saved = read_up_to(path, STATUS_BYTES_MAX).ok().and_then(|json| SavedStatus::parse(&json));
    let standing: Option<PledgeStanding> = saved.and_then(|saved| saved.standing_of(pledge));
    let bad = || Refusal(USAGE, w.with("verify-cli-bad-status", &[("path", &path.display().to_string())]));
    Ok(examined.with_saved_standing(standing.ok_or_else(bad)?))
}

/// Cuts what was added off the file and writes the rest.
fn write_sealed(input: &str, report: &VerificationReport, path: &Path, w: Localizer) -> Result<(), Refusal> {
    let shown = path.display().to_string();
    let Some(extension) = &report.extension else {
        errln!("{}", w.with("verify-cli-nothing-added", &[("path", &shown)]));
        return Ok(());
    };
    match copy_start(Path::new(input), path, extension.sealed_bytes) {
        Ok(()) => errln!("{}", w.with("verify-cli-sealed-written", &[("path", &shown)])),
        Err(fault) => {
            let reason = fault.to_string();
            return Err(Refusal(USAGE, w.with("verify-cli-unwritable", &[("path", &shown), ("reason", &reason)])));
        }
    }
    Ok(())
}

/// Writes the first `bytes` of a file into a new one, which appears there only when it is whole.
fn copy_start(from: &Path, to: &Path, bytes: u64) -> io::Result<()> {
    let mut start = std::fs::File::open(from)?.take(bytes);
    let mut new = std::fs::File::create_new(to)?;
    let copied = io::copy(&mut start, &mut new).and_then(|copied| match copied == bytes {
        true => new.sync_all(),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    });
    if copied.is_err() {
        // What was written is no sealed file; that it stays behind doesn't change the error.
        let _ = std::fs::remove_file(to);
    }
    copied
}

/// The result of `work`; `None` if it isn't done in time. Then its thread keeps running until the program ends.
fn within<T: Send + 'static>(time: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done, waiting) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = done.send(work());
    });
    waiting.recv_timeout(time).ok()
}

fn read_up_to(path: &Path, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(bytes_max as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > bytes_max { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

fn print(report: &VerificationReport, args: &VerifyArgs, w: Localizer) -> anyhow::Result<()> {
    if args.json {
        outln!("{}", serde_json::to_string_pretty(report)?);
        return Ok(());
    }
    let [headline, means] = view::headline_keys(report.outcome().headline);
    outln!("{}", w.t(&headline));
    if let Some(claims) = &report.claims {
        for fact in view::who(w, claims, None) {
            outln!("{}: {}", fact.label, fact.value);
        }
        outln!("{}", w.t("verify-compare"));
    }
    outln!("{}", w.t(&means));
    for check in view::checks(w, report) {
        let mark = match check.tone {
            Tone::Ok => "[v]",
            Tone::Bad => "[x]",
            Tone::Warn => "[-]",
        };
        outln!("{mark} {}", check.label);
    }
    if let Some(extension) = &report.extension {
        outln!("{}", w.t("verify-additions"));
        for addition in view::additions(w, extension) {
            outln!("    {addition}");
        }
        if args.sealed.is_none() {
            outln!("{}", w.t("verify-cli-sealed-how"));
        }
    }
    if let Some(claims) = &report.claims {
        for fact in view::facts(w, claims, report, None) {
            outln!("{}: {}", fact.label, fact.value);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verification::{EXIT_GENUINE as VALID, EXIT_NOT_VALID as NOT_VALID, EXIT_REVOKED as REVOKED};
    use serde_json::Value;

    /// A folder with the keys of the committed vector, and the vector.
    fn prepared() -> (tempfile::TempDir, Value) {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/credential.json");
        let vector: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(JWKS_FILE), vector["jwks"].to_string()).unwrap();
        (folder, vector)
    }

    fn code(folder: &Path, input: &str, status: Option<&str>) -> u8 {
        let status = status.map(|json| {
            let path = folder.join("status.json");
            std::fs::write(&path, json).unwrap();
            path
        });
        let args = VerifyArgs { input: input.into(), trust: None, status, sealed: None, json: false };
        let settings = ConfigOptions { data: Some(folder.into()), ..ConfigOptions::default() };
        run(settings, &args).unwrap()
    }

    #[test]
    fn the_exit_code_tells_the_verdict() {
        let (folder, vector) = prepared();
        let text = vector["qr_text"].as_str().unwrap();
        let file = folder.path().join("ikrar.cose");
        let bytes = data_encoding::HEXLOWER.decode(vector["credential"].as_str().unwrap().as_bytes()).unwrap();
        std::fs::write(&file, &bytes).unwrap();
        let path = file.to_str().unwrap();

        assert_eq!(code(folder.path(), text, None), VALID);
        assert_eq!(code(folder.path(), path, None), VALID);
        let changed = format!("{}{}", &text[..text.len() - 1], if text.ends_with('1') { 2 } else { 1 });
        assert_eq!(code(folder.path(), &changed, None), NOT_VALID);
        assert_eq!(code(folder.path(), "no-such-file", None), UNREADABLE);
        std::fs::write(&file, []).unwrap();
        assert_eq!(code(folder.path(), path, None), UNREADABLE);
    }

    #[test]
    fn a_saved_status_decides_only_for_its_own_pledge() {
        let (folder, vector) = prepared();
        let text = vector["qr_text"].as_str().unwrap();
        let id = data_encoding::HEXLOWER.decode(vector["claims"]["cti"].as_str().unwrap().as_bytes()).unwrap();
        let id = crate::domain::ids::PledgeId::from_slice(&id).unwrap();
        let status = |word: &str| format!(r#"{{"pledge_id":"{id}","status":"{word}","name":"…"}}"#);
        assert_eq!(code(folder.path(), text, Some(&status("valid"))), VALID);
        assert_eq!(code(folder.path(), text, Some(&status("revoked"))), REVOKED);
        let other = status("valid").replace(&id.to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(code(folder.path(), text, Some(&other)), USAGE);
        assert_eq!(code(folder.path(), text, Some("{}")), USAGE);
    }

    #[test]
    fn what_never_ends_is_given_up() {
        let (_gate, shut) = mpsc::channel::<()>();
        assert_eq!(within(Duration::from_millis(20), move || shut.recv().is_ok()), None);
        assert_eq!(within(Duration::from_secs(60), || 7), Some(7));
    }

    #[test]
    fn without_keys_there_is_no_verdict() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(code(folder.path(), "123", None), USAGE);
    }
}
