//! The requests of each kind of flood. None of them has access to anything: every response is a refusal or public. The
//! scenario measures what they cost the people who sign.

use crate::domain::ids::Serial;
use crate::every_variant::every_variant;
use serde_json::json;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// What the floods aim at.
pub struct AttackTarget {
    pub slug: String,
    /// A participant of the roster.
    pub identifier: String,
    /// A console account.
    pub login: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttackKind {
    WrongCodes,
    UnknownNumbers,
    WrongPasswords,
    HostilePdfs,
    Serials,
    ForgedTokens,
    LargeBodies,
    SlowHeads,
    Watchers,
    Uploads,
}

impl AttackKind {
    pub const ALL: [Self; 10] = every_variant!(AttackKind:
        WrongCodes, UnknownNumbers, WrongPasswords, HostilePdfs, Serials, ForgedTokens, LargeBodies, SlowHeads,
        Watchers, Uploads
    );

    /// The name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::WrongCodes => "wrong_codes",
            Self::UnknownNumbers => "unknown_numbers",
            Self::WrongPasswords => "wrong_passwords",
            Self::HostilePdfs => "hostile_pdfs",
            Self::Serials => "serials",
            Self::ForgedTokens => "forged_tokens",
            Self::LargeBodies => "large_bodies",
            Self::SlowHeads => "slow_heads",
            Self::Watchers => "watchers",
            Self::Uploads => "uploads",
        }
    }

    /// Whether the whole request is sent and its response awaited, so that the connection can be used again.
    pub fn is_complete(self) -> bool {
        !matches!(self, Self::SlowHeads | Self::LargeBodies | Self::Watchers)
    }

    /// The request with this number, without a `Host` line.
    pub fn request(self, target: &AttackTarget, number: usize) -> AttackRequest {
        let api = format!("/api/v1/campaigns/{}", target.slug);
        match self {
            Self::WrongCodes => {
                AttackRequest::json(&format!("{api}/sessions"), &credentials(&target.identifier, number))
            }
            Self::UnknownNumbers => {
                let identifier = format!(
                    "19{:02}0{}11201001{}{:03}",
                    number % 100,
                    1 + number % 9,
                    1 + number % 2,
                    1 + number % 999
                );
                AttackRequest::json(&format!("{api}/sessions"), &credentials(&identifier, number))
            }
            Self::WrongPasswords => AttackRequest::form(
                "/console/login",
                &format!("login={}&password=bukan+sandi+{number:06}&to=", target.login),
            ),
            Self::HostilePdfs => AttackRequest::post("/api/v1/verify", "application/pdf", HOSTILE_PDF.clone()),
            Self::Serials => {
                let serial = serial(number);
                AttackRequest::json("/api/v1/verify", &json!({ "serial": serial }).to_string())
            }
            Self::ForgedTokens => {
                let mut sent = AttackRequest::json(&format!("{api}/pledges"), r#"{"text_hash":"","agreed":[]}"#);
                let _ = write!(sent.headers, "authorization: Bearer A{number:063}\r\n");
                sent
            }
            // Announces more than any route accepts, and sends none of it.
            Self::LargeBodies => {
                let headers = "content-type: application/json\r\ncontent-length: 1073741824\r\n";
                AttackRequest {
                    method: "POST",
                    path: format!("{api}/pledges"),
                    headers: headers.into(),
                    body: String::new(),
                }
            }
            Self::SlowHeads => AttackRequest::get(&format!("/k/{}", target.slug)),
            Self::Watchers => AttackRequest::get(&format!("/k/{}/live/events", target.slug)),
            Self::Uploads => {
                let path = format!("/console/k/{}/roster", target.slug);
                let mut sent = AttackRequest::post(&path, "multipart/form-data; boundary=x", UPLOAD.clone());
                sent.headers.push_str("sec-fetch-site: same-origin\r\n");
                sent
            }
        }
    }
}

/// One request; `headers` are whole lines.
pub struct AttackRequest {
    pub method: &'static str,
    pub path: String,
    pub headers: String,
    pub body: String,
}

impl AttackRequest {
    fn get(path: &str) -> Self {
        Self { method: "GET", path: path.into(), headers: String::new(), body: String::new() }
    }

    fn post(path: &str, kind: &str, body: String) -> Self {
        let headers = format!("content-type: {kind}\r\ncontent-length: {}\r\n", body.len());
        Self { method: "POST", path: path.into(), headers, body }
    }

    fn json(path: &str, body: &str) -> Self {
        Self::post(path, "application/json", body.into())
    }

    fn form(path: &str, body: &str) -> Self {
        let mut sent = Self::post(path, "application/x-www-form-urlencoded", body.into());
        sent.headers.push_str("sec-fetch-site: same-origin\r\n");
        sent
    }
}

/// A well-formed access code that belongs to no one.
fn credentials(identifier: &str, number: usize) -> String {
    json!({ "identifier": identifier, "access_code": format!("ZZZZZ-{:05}", number % 100_000) }).to_string()
}

/// A well-formed certificate number that belongs to no one.
fn serial(number: usize) -> String {
    let mut pledge = [0xA5; 16];
    pledge[4..12].copy_from_slice(&(number as u64).to_be_bytes());
    Serial::of(crate::domain::ids::PledgeId(pledge)).to_string()
}

/// 11.6 KB; the length of every stream refers to the same long object.
static HOSTILE_PDF: LazyLock<String> = LazyLock::new(|| {
    let mut pdf = format!("%PDF-1.7\n1 0 obj[{}]endobj\n", "/a".repeat(1_000));
    for number in 2..195 {
        let _ = writeln!(pdf, "{number} 0 obj<</Length 1 0 R>>stream\nendstream endobj");
    }
    pdf + "%%EOF"
});

static UPLOAD: LazyLock<String> = LazyLock::new(|| {
    let head = "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n";
    format!("{head}{}\r\n--x--\r\n", "NIP;Nama\r\n".repeat(20_000))
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_name_and_a_request_of_its_own() {
        let target = AttackTarget { slug: "uji".into(), identifier: "197001011995031001".into(), login: "bkd".into() };
        let mut names: Vec<&str> = AttackKind::ALL.iter().map(|kind| kind.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), AttackKind::ALL.len());
        for kind in AttackKind::ALL {
            let (one, other) = (kind.request(&target, 1), kind.request(&target, 1));
            assert_eq!((&one.path, &one.body), (&other.path, &other.body));
            assert!(
                one.path.starts_with('/') && one.headers.split_inclusive("\r\n").all(|line| line.ends_with("\r\n"))
            );
            if kind.is_complete() && !one.body.is_empty() {
                assert!(one.headers.contains(&format!("content-length: {}\r\n", one.body.len())), "{kind:?}");
            }
        }
        assert!((11_000..12_500).contains(&HOSTILE_PDF.len()), "{}", HOSTILE_PDF.len());
        assert!(Serial::parse(&serial(7)).is_some());
    }
}
