//! Signing in: an identifier and an access code become a session.
//!
//! **The right code always signs in.** The code is derived and compared in constant time before anything is counted;
//! only a wrong pair reaches the throttle. Unknown and known people run the same statements, but for one more of a
//! person who was admitted anew; every wrong pair gets the same answer, after one of a few fixed lengths of time.
//! Deliberately absent: counting per address (an office shares one), accounts, stored sessions. The database stores
//! only which sessions were signed out before their expiry.

mod recent_attempts;
mod sign_outs;
mod signed_out;
mod throttle;
mod token;

pub use recent_attempts::{RECENT_MINUTES, RecentWrongAttempts};
pub use sign_outs::SIGN_OUT_QUEUE_MAX;
pub use signed_out::SIGNED_OUT_SESSIONS_MAX;
pub use token::{Session, SessionFault, SessionKey};

use crate::clock::{Clock, Entropy};
use crate::domain::access_code::AccessCode;
use crate::domain::campaign::Campaign;
use crate::domain::identifier::{Identifier, IdentifierFault};
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::notice::RosterStanding;
use crate::domain::pledge::Method;
use crate::domain::time::UnixMillis;
use crate::keyring::{CampaignSecret, Keyring};
use crate::response_padding::ResponsePadding;
use crate::store::counted_event_channel::{CountedEvent, CountedEventSender};
use crate::store::pledges::FIRST_CODE_VERSION;
/// A person on the roster, with what their own pages show.
pub use crate::store::pledges::Signer;
use crate::store::wrong_attempt_channel::WrongAttemptSender;
use crate::store::{SharedStore, StoreError};
use data_encoding::BASE64URL_NOPAD;
use recent_attempts::WrongAttemptsByMinute;
use sign_outs::SignOuts;
use std::sync::Arc;
use std::time::Duration;
use subtle::ConstantTimeEq;
use throttle::SignInThrottle;
use tokio::time::Instant;

/// Seconds that a session lasts after the opening, or after the sign-in if the campaign is already open.
const SESSION_AFTER_OPENING_SECS: i64 = 2 * 3600;
/// Longest session, in seconds.
pub const SESSION_SECS_MAX: i64 = 12 * 3600;
/// Longer than the database itself waits before it gives up.
const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(12);
const THROTTLE_LABEL: &str = "ikrar/throttle/v1";
const SIGN_OUT_LABEL: &str = "ikrar/leave/v1";
/// Label of the key for [`SignIn::device_mark`].
const DEVICE_MARK_LABEL: &str = "ikrar/mark/v1";
const DEVICE_MARK_BYTES: usize = 6;
/// Bytes of a session's sign-out token.
const SIGN_OUT_TOKEN_BYTES: usize = 12;

/// Signs people in with identifier and access code, opens session tokens, and ends sessions.
pub struct SignIn {
    store: SharedStore,
    keyring: Arc<Keyring>,
    clock: Arc<dyn Clock>,
    entropy: Arc<Entropy>,
    throttle: SignInThrottle,
    /// Pads wrong answers to fixed lengths of time. When it is full, a wrong answer goes out at once: 50 bits of code
    /// don't yield to speed.
    padding: ResponsePadding,
    recent_wrong: WrongAttemptsByMinute,
    sign_outs: SignOuts,
    counted_events: CountedEventSender,
}

/// The result of signing out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignOutOutcome {
    /// The token holds no session in force, so nothing changes.
    NoSession,
    /// The session is over at this node and stored; it is over at every other node about a second later.
    SignedOut {
        /// The session that ended.
        session: Session,
    },
    /// The session isn't known to be stored: it may open again until it expires. The page says when that is.
    NotStored {
        /// The session, with its expiry.
        session: Session,
    },
}

/// One attempt to sign in: what the person typed, and for which campaign.
pub struct SignInAttempt<'a> {
    /// The campaign whose page was used.
    pub campaign: &'a Campaign,
    /// The campaign's secret; participant ids and access codes derive from it.
    pub secret: &'a CampaignSecret,
    /// The identifier as typed, unchecked.
    pub identifier: &'a str,
    /// The access code as typed, unchecked.
    pub access_code: &'a str,
    /// Whose device it is, as the person said.
    pub method: Method,
}

/// A successful sign-in.
#[derive(Debug)]
pub struct SignedIn {
    /// The new session.
    pub session: Session,
    /// The session as a token; see [`Session::token`].
    pub token: String,
    /// The person's roster data, as read at the sign-in.
    pub signer: Signer,
}

/// Why a sign-in is refused.
#[derive(Debug, thiserror::Error)]
pub enum SignInRefusal {
    /// The campaign is a draft, so for the public it doesn't exist.
    #[error("no such campaign")]
    Unknown,
    /// What was typed can't be an identifier; this says nothing about the roster. The person corrects it.
    #[error("not an identifier: {0}")]
    Identifier(IdentifierFault),
    /// The identifier isn't on the roster, or the access code doesn't belong to it; the answer is the same for both.
    /// The person checks both.
    #[error("identifier and access code don't belong together")]
    Wrong,
    /// The database failed or didn't answer within 12 seconds. The client retries later.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SignIn {
    /// Reads all sessions that were signed out, then is ready to serve. `attempt_sender` and `counted_events` receive
    /// every wrong pair; `shared` means that other nodes may serve from the same database.
    pub async fn start(
        store: SharedStore,
        keyring: Arc<Keyring>,
        clock: Arc<dyn Clock>,
        entropy: Arc<Entropy>,
        attempt_sender: WrongAttemptSender,
        shared: bool,
        counted_events: CountedEventSender,
    ) -> Result<Arc<Self>, StoreError> {
        let sign_outs = SignOuts::start(store.clone(), clock.clone(), &entropy, shared).await?;
        let (throttle, padding, recent_wrong) =
            (SignInThrottle::new(attempt_sender), ResponsePadding::default(), WrongAttemptsByMinute::default());
        Ok(Arc::new(Self {
            store,
            keyring,
            clock,
            entropy,
            throttle,
            padding,
            recent_wrong,
            sign_outs,
            counted_events,
        }))
    }

    /// Reads which sessions were signed out at other nodes, for as long as the process runs.
    pub async fn run(&self) {
        self.sign_outs.run().await;
    }

    /// Counts wrong pairs that another node reports.
    pub fn merge_remote(&self, bucket: u16, wrong: u16, now: UnixMillis) {
        self.throttle.merge_remote(bucket, wrong, now.0);
    }

    /// Signs a person in. Possible from locked on: before the opening to read the text, and after closing to fetch the
    /// receipt.
    pub async fn sign_in(&self, attempt: SignInAttempt<'_>) -> Result<SignedIn, SignInRefusal> {
        let asked = Instant::now();
        let campaign = attempt.campaign;
        if !campaign.state.is_public() {
            return Err(SignInRefusal::Unknown);
        }
        let identifier = Identifier::parse(attempt.identifier).map_err(SignInRefusal::Identifier)?;
        let first = attempt.secret.participant_id(&identifier);
        let signer = self.looked_up(campaign.id, first).await?;
        // Who was admitted anew signs in with the code of the newest admission, and with no other.
        let (participant, signer) = match signer {
            Some(signer) if signer.admission > 1 => {
                let newest = attempt.secret.admission_id(&identifier, signer.admission);
                (newest, self.looked_up(campaign.id, newest).await?)
            }
            signer => (first, signer),
        };
        // Whose addition was undone isn't on the roster.
        let signer = signer.filter(|signer| signer.standing != RosterStanding::Withdrawn);
        let version = signer.as_ref().map_or(FIRST_CODE_VERSION, |signer| signer.code_version);
        let right = attempt.secret.access_code(participant, version);
        let typed = AccessCode::parse(attempt.access_code);
        let same = typed.is_some_and(|typed| bool::from(typed.as_bytes().ct_eq(right.as_bytes())));
        let now = UnixMillis(self.clock.now_ms());
        match signer {
            Some(signer) if same => {
                let session = Session {
                    campaign: campaign.id,
                    participant,
                    code_version: version,
                    method: attempt.method,
                    expires_at: expiry(campaign, now),
                    drawn: Some(self.entropy.bytes()),
                    placed: signer.placed(),
                };
                Ok(SignedIn { token: session.token(&self.keyring), session, signer })
            }
            _ => {
                self.recent_wrong.wrong(campaign.id, now);
                self.counted_events.report(now, CountedEvent::SignersCodeWrong { campaign: campaign.id });
                let delay = self.throttle.wrong(&self.keyed_hash(campaign.id, first), now.0);
                self.padding.wait_for_step(asked, delay).await;
                Err(SignInRefusal::Wrong)
            }
        }
    }

    /// Recent wrong pairs that this node answered.
    pub fn recent_wrong_attempts(&self, campaign: CampaignId) -> RecentWrongAttempts {
        self.recent_wrong.count(campaign, UnixMillis(self.clock.now_ms()))
    }

    /// The session that a token carries for this campaign, unless the person signed out. Reads nothing from the
    /// database.
    pub fn session(&self, token: &str, campaign: CampaignId) -> Result<(Session, SessionKey), SessionFault> {
        let opened = Session::open(token, &self.keyring, campaign, UnixMillis(self.clock.now_ms()))?;
        if self.is_signed_out(&opened.1) { Err(SessionFault::SignedOut) } else { Ok(opened) }
    }

    /// Whether the person signed out of this session, as far as this node knows. Reads nothing from the database.
    pub fn is_signed_out(&self, key: &SessionKey) -> bool {
        self.sign_outs.is_signed_out(key)
    }

    /// Ends a token's session, whatever its campaign. From here on no pledge is admitted with it; one admitted before
    /// may still be committed.
    pub async fn sign_out(&self, token: &str) -> SignOutOutcome {
        let now = UnixMillis(self.clock.now_ms());
        let opened = Session::authentic(token, &self.keyring, now);
        let Some((session, key)) = opened.filter(|(session, _)| session.expires_at > now) else {
            return SignOutOutcome::NoSession;
        };
        if self.sign_outs.sign_out(key, session.expires_at).await {
            SignOutOutcome::SignedOut { session }
        } else {
            SignOutOutcome::NotStored { session }
        }
    }

    /// The token by which a page signs out through its own refresh; it is in that page's address. Another site can't
    /// guess it. It serves only to sign out of this session, so it may appear in a log.
    pub fn sign_out_token(&self, key: &SessionKey) -> String {
        BASE64URL_NOPAD.encode(&self.keyring.lasting_mac(SIGN_OUT_LABEL, &key.0)[..SIGN_OUT_TOKEN_BYTES])
    }

    /// Whether the sign-out token belongs to the session that this token carries.
    pub fn is_sign_out_token(&self, token: &str, sign_out_token: &str) -> bool {
        let now = UnixMillis(self.clock.now_ms());
        let key = Session::authentic(token, &self.keyring, now).map(|(_, key)| key);
        key.is_some_and(|key| self.sign_out_token(&key).as_bytes().ct_eq(sign_out_token.as_bytes()).into())
    }

    /// Sessions that were signed out before their expiry, as far as this node knows.
    pub fn signed_out_count(&self) -> usize {
        self.sign_outs.count()
    }

    /// Whether this node has read within the last seconds who signed out at other nodes.
    pub fn sign_outs_are_current(&self) -> bool {
        self.sign_outs.is_current()
    }

    /// Lowers the limit below [`SIGNED_OUT_SESSIONS_MAX`], so that a test can fill a small table.
    pub fn limit_signed_out_sessions(&self, sessions: usize) {
        self.sign_outs.limit_to(sessions);
    }

    /// Distinguishes one person's kept input from another's on a shared device: 6 bytes, base64url. It has no other
    /// use.
    pub fn device_mark(&self, campaign: CampaignId, participant: ParticipantId) -> String {
        let who = [campaign.as_bytes(), participant.as_bytes()].concat();
        BASE64URL_NOPAD.encode(&self.keyring.lasting_mac(DEVICE_MARK_LABEL, &who)[..DEVICE_MARK_BYTES])
    }

    /// The person of a session; `None` if they left the roster or their code was re-issued since.
    pub async fn signer(&self, session: &Session) -> Result<Option<Signer>, StoreError> {
        let signer = self.looked_up(session.campaign, session.participant).await?;
        Ok(signer.filter(|signer| {
            signer.code_version == session.code_version && signer.standing != RosterStanding::Withdrawn
        }))
    }

    /// A lost connection doesn't block the caller: the look-up times out.
    async fn looked_up(&self, campaign: CampaignId, who: ParticipantId) -> Result<Option<Signer>, StoreError> {
        let signer = self.store.signer(campaign, who);
        tokio::time::timeout(LOOK_UP_TIMEOUT, signer).await.unwrap_or_else(|_| Err(StoreError::no_answer()))
    }

    fn keyed_hash(&self, campaign: CampaignId, participant: ParticipantId) -> [u8; 32] {
        let who = [campaign.as_bytes(), participant.as_bytes()].concat();
        self.keyring.lasting_mac(THROTTLE_LABEL, &who)
    }
}

fn expiry(campaign: &Campaign, now: UnixMillis) -> UnixMillis {
    let latest = now.plus_secs(SESSION_SECS_MAX);
    match campaign.opens_at {
        Some(opening) => opening.max(now).plus_secs(SESSION_AFTER_OPENING_SECS).min(latest),
        None => latest,
    }
}
