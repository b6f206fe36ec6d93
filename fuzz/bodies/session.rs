//! The session token: as a browser sends it, and arbitrary bytes with a valid MAC.

use super::FuzzBody;
use data_encoding::BASE64URL_NOPAD;
use ikrar::domain::ids::{CampaignId, ParticipantId};
use ikrar::domain::participant::RosterEntry;
use ikrar::domain::pledge::Method;
use ikrar::domain::time::UnixMillis;
use ikrar::keyring::Keyring;
use ikrar::service::sign_in::{Session, SessionFault};
use std::sync::LazyLock;

pub const SESSION: FuzzBody = FuzzBody {
    name: "session",
    input_bytes_max: 1_024,
    run,
    seeds,
    dictionary: &["\u{1}", "\u{2}", "\u{3}", "Siti", "2003"],
};

/// The label of the tokens' MAC, as in `service/sign_in/token.rs`.
const LABEL: &str = "ikrar/session/v1";
const MAC_BYTES: usize = 32;
const NOW: UnixMillis = UnixMillis(1_000);

static KEYRING: LazyLock<Keyring> = LazyLock::new(|| Keyring::generate(&[3; 128]));
static ISSUED: LazyLock<Vec<String>> =
    LazyLock::new(|| sessions().iter().map(|session| session.token(&KEYRING)).collect());

fn sessions() -> [Session; 3] {
    let whole = Session {
        campaign: CampaignId([1; 16]),
        participant: ParticipantId([2; 16]),
        code_version: 3,
        method: Method::SharedDevice,
        expires_at: UnixMillis(2_000),
        drawn: Some([6; 8]),
        placed: Some(RosterEntry {
            roster_epoch: [5; 8],
            place_version: 0,
            slot: 180_750,
            group: 16,
            shown_name: "Dr. Siti A\u{F1}u, S.Pd.".into(),
            institution: "16.71".into(),
            last4: "2003".into(),
        }),
    };
    let unplaced = Session { placed: None, ..whole.clone() };
    let undrawn = Session { drawn: None, expires_at: UnixMillis(500), ..whole.clone() };
    [whole, unplaced, undrawn]
}

fn run(data: &[u8]) {
    if let Ok(token) = std::str::from_utf8(data) {
        let is_issued = ISSUED.iter().any(|issued| issued == token);
        let opened = Session::authentic(token, &KEYRING, NOW);
        assert_eq!(opened.is_some(), is_issued, "a token opens exactly where it was issued");
        let for_another = Session::open(token, &KEYRING, CampaignId([9; 16]), NOW);
        assert_eq!(for_another.is_err_and(|fault| fault == SessionFault::OtherCampaign), is_issued);
    }
    // Bytes with a valid MAC are read or refused; a session that is read is written back the same.
    let mac = KEYRING.session_mac(LABEL, data);
    let token = BASE64URL_NOPAD.encode(&[data, &mac].concat());
    let Some((session, _)) = Session::authentic(&token, &KEYRING, NOW) else { return };
    // Tokens of the first version are no longer written.
    if data[0] != 1 {
        assert_eq!(session.token(&KEYRING), token, "a token is written in one way");
    }
    let opened = Session::open(&token, &KEYRING, session.campaign, NOW);
    let expected = if session.expires_at.0 > NOW.0 { Ok(session) } else { Err(SessionFault::Expired) };
    assert_eq!(opened.map(|(session, _)| session), expected);
}

/// Tokens, and the bytes that their MAC covers.
fn seeds() -> Vec<Vec<u8>> {
    let body = |token: &String| {
        let mut bytes = BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
        bytes.truncate(bytes.len() - MAC_BYTES);
        bytes
    };
    let tokens = ISSUED.iter().map(|token| token.clone().into_bytes());
    let mut first = body(&ISSUED[1]);
    first[0] = 1;
    first.truncate(first.len() - 8);
    tokens.chain(ISSUED.iter().map(body)).chain([first]).collect()
}
