//! The session token: who signed in, to which campaign, until when, and what signing needs to know about them,
//! authenticated with the keyring's session key.
//!
//! ```text
//! version 3 or 4 | campaign 16 | participant 16 | code version u32 | method u8 | expiry i64 (Unix ms) | drawn 8 |
//!   placed | HMAC-SHA256 32
//! placed: nothing, or roster epoch 8 | place version u32, in version 4 only | slot u32 | group u32 |
//!   name length u8, name | institution length u8, institution | last four
//! ```
//! Big-endian and UTF-8, then unpadded base64url. It is a cookie in a browser and a bearer token elsewhere. The name in
//! it is its holder's own, and their pages show it.
//!
//! Version 4 is for people whose row changed after the lock; in version 3 the place version is 0. Versions 2 (without
//! `drawn`) and 1 (without `placed` too) still open. Two such tokens that one person got in the same millisecond are
//! identical, and signing out of one ends both.

use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::participant::RosterEntry;
use crate::domain::pledge::Method;
use crate::domain::time::UnixMillis;
use crate::keyring::Keyring;
use crate::store::sign_outs::SESSION_KEY_BYTES;
use data_encoding::BASE64URL_NOPAD;
use std::fmt;

const VERSION: u8 = 3;
/// With a place version.
const VERSION_CHANGED: u8 = 4;
/// Without `drawn`.
const VERSION_UNDRAWN: u8 = 2;
/// Without `drawn` and `placed`.
const VERSION_FIRST: u8 = 1;
/// Bytes up to the expiry, which every version has.
const HEAD_BYTES: usize = 1 + 16 + 16 + 4 + 1 + 8;
const DRAWN_BYTES: usize = 8;
const MAC_BYTES: usize = 32;
const LABEL: &str = "ikrar/session/v1";

/// A signed-in person. The token carries the session; nothing is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The campaign that the person signed in to.
    pub campaign: CampaignId,
    /// The person who signed in.
    pub participant: ParticipantId,
    /// Version of the access code used; a re-issued code voids the session.
    pub code_version: u32,
    /// Whose device it is, as the person said at the sign-in.
    pub method: Method,
    /// When the session ends, Unix ms: from this instant on it opens nothing.
    pub expires_at: UnixMillis,
    /// Random bytes that make the session unique; `None` in tokens of versions 1 and 2.
    pub drawn: Option<[u8; DRAWN_BYTES]>,
    /// The roster entry as read at the sign-in, so that signing reads nothing; `None` if the token carries none.
    pub placed: Option<RosterEntry>,
}

/// Identifies a session that was signed out: the first half of its token's MAC. It grants no access.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionKey(pub [u8; SESSION_KEY_BYTES]);

/// Keeps identities out of logs.
impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(…)")
    }
}

/// Why a token opens no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionFault {
    /// Not a token, or not one of this installation. The person signs in.
    #[error("not a session of this installation")]
    Foreign,
    /// Issued here, but expired. The page returns to the same place after the person signs in again.
    #[error("the session has expired")]
    Expired,
    /// The person signed out of the session. They sign in again.
    #[error("the session was signed out")]
    SignedOut,
    /// The token is for another campaign of this installation. The person signs in to this one.
    #[error("the session belongs to another campaign")]
    OtherCampaign,
}

impl Session {
    /// The session as a token: the layout in the module's documentation, with a MAC by the current session key.
    pub fn token(&self, keyring: &Keyring) -> String {
        let mut bytes = Vec::with_capacity(2 * HEAD_BYTES + 2 * MAC_BYTES);
        let is_changed = self.placed.as_ref().is_some_and(|placed| placed.place_version > 0);
        let version = match self.drawn {
            Some(_) if is_changed => VERSION_CHANGED,
            Some(_) => VERSION,
            None => VERSION_UNDRAWN,
        };
        bytes.push(version);
        bytes.extend_from_slice(self.campaign.as_bytes());
        bytes.extend_from_slice(self.participant.as_bytes());
        bytes.extend_from_slice(&self.code_version.to_be_bytes());
        bytes.push(self.method.code());
        bytes.extend_from_slice(&self.expires_at.0.to_be_bytes());
        bytes.extend(self.drawn.iter().flatten());
        if let Some(placed) = &self.placed {
            write_placed(&mut bytes, placed, version == VERSION_CHANGED);
        }
        let mac = keyring.session_mac(LABEL, &bytes);
        bytes.extend_from_slice(&mac);
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Reads a token for a campaign. The caller checks whether the access code was re-issued and whether the person
    /// signed out.
    pub fn open(
        token: &str,
        keyring: &Keyring,
        campaign: CampaignId,
        now: UnixMillis,
    ) -> Result<(Self, SessionKey), SessionFault> {
        let (session, key) = Self::authentic(token, keyring, now).ok_or(SessionFault::Foreign)?;
        if session.campaign != campaign {
            return Err(SessionFault::OtherCampaign);
        }
        if session.expires_at <= now {
            return Err(SessionFault::Expired);
        }
        Ok((session, key))
    }

    /// Reads an authentic token of any campaign, expired or not; `None` if the MAC or the layout is wrong.
    pub fn authentic(token: &str, keyring: &Keyring, now: UnixMillis) -> Option<(Self, SessionKey)> {
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
        let (body, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC_BYTES)?)?;
        if !keyring.session_mac_matches(LABEL, body, mac, now) {
            return None;
        }
        Some((Self::read(body)?, SessionKey(*mac.first_chunk()?)))
    }

    fn read(body: &[u8]) -> Option<Self> {
        let (version, rest) = body.split_first()?;
        let (campaign, rest) = rest.split_at_checked(16)?;
        let (participant, rest) = rest.split_at_checked(16)?;
        let (code_version, rest) = rest.split_first_chunk::<4>()?;
        let (method, rest) = rest.split_first()?;
        let (expiry, rest) = rest.split_first_chunk::<8>()?;
        let (drawn, placed) = match *version {
            VERSION | VERSION_CHANGED => rest.split_first_chunk().map(|(drawn, placed)| (Some(*drawn), placed))?,
            VERSION_UNDRAWN => (None, rest),
            VERSION_FIRST if rest.is_empty() => (None, rest),
            _ => return None,
        };
        Some(Self {
            campaign: CampaignId::from_slice(campaign)?,
            participant: ParticipantId::from_slice(participant)?,
            code_version: u32::from_be_bytes(*code_version),
            method: Method::from_code(*method)?,
            expires_at: UnixMillis(i64::from_be_bytes(*expiry)),
            drawn,
            placed: if placed.is_empty() { None } else { Some(read_placed(placed, *version == VERSION_CHANGED)?) },
        })
    }
}

/// Writes nothing if a text is longer than an import accepts.
fn write_placed(bytes: &mut Vec<u8>, placed: &RosterEntry, has_place_version: bool) {
    let (name, institution) = (placed.shown_name.as_bytes(), placed.institution.as_bytes());
    let (Ok(name_length), Ok(institution_length)) = (u8::try_from(name.len()), u8::try_from(institution.len())) else {
        return;
    };
    bytes.extend_from_slice(&placed.roster_epoch);
    if has_place_version {
        bytes.extend_from_slice(&placed.place_version.to_be_bytes());
    }
    bytes.extend_from_slice(&placed.slot.to_be_bytes());
    bytes.extend_from_slice(&placed.group.to_be_bytes());
    bytes.push(name_length);
    bytes.extend_from_slice(name);
    bytes.push(institution_length);
    bytes.extend_from_slice(institution);
    bytes.extend_from_slice(placed.last4.as_bytes());
}

fn read_placed(bytes: &[u8], is_changed: bool) -> Option<RosterEntry> {
    let text = |bytes: &[u8]| Some(std::str::from_utf8(bytes).ok()?.to_owned());
    let (roster_epoch, rest) = bytes.split_first_chunk::<8>()?;
    let (place_version, rest) = if is_changed {
        rest.split_first_chunk::<4>().map(|(version, rest)| (u32::from_be_bytes(*version), rest))?
    } else {
        (0, rest)
    };
    let (slot, rest) = rest.split_first_chunk::<4>()?;
    let (group, rest) = rest.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::from(*length))?;
    let (length, rest) = rest.split_first()?;
    let (institution, last4) = rest.split_at_checked(usize::from(*length))?;
    Some(RosterEntry {
        roster_epoch: *roster_epoch,
        place_version,
        slot: u32::from_be_bytes(*slot),
        group: u32::from_be_bytes(*group),
        shown_name: text(name)?,
        institution: text(institution)?,
        last4: text(last4)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::participant::SHOWN_NAME_BYTES_MAX;

    fn session() -> Session {
        Session {
            campaign: CampaignId([1; 16]),
            participant: ParticipantId([2; 16]),
            code_version: 3,
            method: Method::SharedDevice,
            expires_at: UnixMillis(1_000),
            drawn: Some([6; 8]),
            placed: Some(RosterEntry {
                roster_epoch: [5; 8],
                place_version: 0,
                slot: 180_750,
                group: 16,
                shown_name: "Dr. Siti Añu, S.Pd.".into(),
                institution: "16.71".into(),
                last4: "2003".into(),
            }),
        }
    }

    fn named(change: impl FnOnce(RosterEntry) -> RosterEntry) -> Session {
        Session { placed: session().placed.map(change), ..session() }
    }

    fn opened(token: &str, now: UnixMillis) -> Result<Session, SessionFault> {
        Session::open(token, &Keyring::generate(&[3; 128]), CampaignId([1; 16]), now).map(|(session, _)| session)
    }

    #[test]
    fn a_token_reads_back_until_it_expires() {
        let keyring = Keyring::generate(&[3; 128]);
        let without = Session { placed: None, ..session() };
        let undrawn = Session { drawn: None, ..session() };
        let changed = named(|placed| RosterEntry { place_version: 70_000, ..placed });
        for session in [without, undrawn, session(), changed] {
            assert_eq!(opened(&session.token(&keyring), UnixMillis(999)), Ok(session));
        }
        let late = opened(&session().token(&keyring), UnixMillis(1_000));
        assert_eq!(late, Err(SessionFault::Expired));
    }

    #[test]
    fn a_token_of_the_first_version_is_good_without_a_place_and_only_so() {
        let keyring = Keyring::generate(&[3; 128]);
        let first = |session: &Session| {
            let mut bytes = BASE64URL_NOPAD.decode(session.token(&keyring).as_bytes()).unwrap();
            bytes.truncate(bytes.len() - MAC_BYTES);
            bytes[0] = 1;
            bytes.extend(keyring.session_mac(LABEL, &bytes));
            BASE64URL_NOPAD.encode(&bytes)
        };
        let open = |token: &str| opened(token, UnixMillis(0));
        let undrawn = Session { drawn: None, ..session() };
        let without = Session { placed: None, ..undrawn.clone() };
        assert_eq!(first(&without).len(), 104);
        assert_eq!(open(&first(&without)), Ok(without));
        assert_eq!(open(&first(&undrawn)), Err(SessionFault::Foreign));
        assert_eq!(open(&first(&session())), Err(SessionFault::Foreign));
    }

    #[test]
    fn two_sessions_of_one_moment_have_keys_of_their_own() {
        let keyring = Keyring::generate(&[3; 128]);
        let key = |drawn| {
            Session::authentic(&Session { drawn, ..session() }.token(&keyring), &keyring, UnixMillis(0)).unwrap().1
        };
        assert_ne!(key(Some([1; 8])), key(Some([2; 8])));
        assert_eq!(key(None), key(None));
    }

    #[test]
    fn the_longest_name_fits_and_a_longer_one_is_left_out() {
        let keyring = Keyring::generate(&[3; 128]);
        let named = |name: String| named(|placed| RosterEntry { shown_name: name, ..placed });
        let open = |session: &Session| opened(&session.token(&keyring), UnixMillis(0)).unwrap();
        let longest = named("n".repeat(SHOWN_NAME_BYTES_MAX));
        assert_eq!(open(&longest), longest);
        assert_eq!(open(&named("n".repeat(256))), Session { placed: None, ..session() });
    }

    #[test]
    fn a_token_of_another_campaign_or_keyring_opens_nothing() {
        let keyring = Keyring::generate(&[3; 128]);
        let token = session().token(&keyring);
        let now = UnixMillis(0);
        let other = Session::open(&token, &keyring, CampaignId([9; 16]), now);
        assert_eq!(other.unwrap_err(), SessionFault::OtherCampaign);
        let strange = Session::open(&token, &Keyring::generate(&[4; 128]), CampaignId([1; 16]), now);
        assert_eq!(strange.unwrap_err(), SessionFault::Foreign);
    }

    #[test]
    fn one_changed_bit_anywhere_is_foreign() {
        let keyring = Keyring::generate(&[3; 128]);
        let bytes = BASE64URL_NOPAD.decode(session().token(&keyring).as_bytes()).unwrap();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let token = BASE64URL_NOPAD.encode(&changed);
            assert_eq!(opened(&token, UnixMillis(0)), Err(SessionFault::Foreign));
        }
        for text in ["", "x", "ä", &"A".repeat(104), &"A".repeat(10_000)] {
            assert_eq!(opened(text, UnixMillis(0)), Err(SessionFault::Foreign));
        }
    }
}
