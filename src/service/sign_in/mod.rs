//! Signing in: an identifier and an access code become a session.
//!
//! **The right code always signs in.** The code is derived and compared in constant time before anything is counted;
//! only a wrong pair meets the throttle. Unknown and known people run the same statements, and a wrong pair has one
//! answer, after one of a few fixed lengths of time. Deliberately absent: counting per address (an office shares one),
//! accounts, stored sessions. What is stored is which sessions were left before their time.

mod lately;
mod leaving;
mod left;
mod throttle;
mod token;

pub use lately::{LATELY_MINUTES, WrongLately};
pub use leaving::LEAVING_QUEUE_MAX;
pub use left::LEFT_SESSIONS_IN_FORCE_MAX;
pub use token::{Session, SessionFault, SessionKey};

use crate::clock::{Clock, Entropy};
use crate::domain::access_code::AccessCode;
use crate::domain::campaign::Campaign;
use crate::domain::identifier::{Identifier, IdentifierFault};
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::pledge::Method;
use crate::domain::time::UnixMillis;
use crate::keyring::{CampaignSecret, Keyring};
use crate::response_padding::ResponsePadding;
use crate::store::counted_event_channel::{CountedEvent, CountedEventSender};
use crate::store::pledges::FIRST_CODE_VERSION;
/// A person on the roster, as the pages show them to themselves.
pub use crate::store::pledges::Signer;
use crate::store::wrong_attempt_channel::WrongAttemptSender;
use crate::store::{SharedStore, StoreError};
use data_encoding::BASE64URL_NOPAD;
use lately::RecentSignIns;
use leaving::Leaving;
use std::sync::Arc;
use std::time::Duration;
use subtle::ConstantTimeEq;
use throttle::SignInThrottle;
use tokio::time::Instant;

/// A session lasts until so long after the opening (or after signing in, once it is open).
const SESSION_AFTER_OPENING_SECS: i64 = 2 * 3600;
/// A session never lasts longer than this.
pub const SESSION_SECS_MAX: i64 = 12 * 3600;
/// Longer than the database itself takes before it gives up.
const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(12);
const THROTTLE_LABEL: &str = "ikrar/throttle/v1";
const LEAVING_LABEL: &str = "ikrar/leave/v1";
/// Label of the key that marks a person's input kept on a device.
const DEVICE_MARK_LABEL: &str = "ikrar/mark/v1";
const DEVICE_MARK_BYTES: usize = 6;
/// Of a session's leaving mark.
const MARK_BYTES: usize = 12;

pub struct SignIn {
    store: SharedStore,
    keyring: Arc<Keyring>,
    clock: Arc<dyn Clock>,
    entropy: Arc<Entropy>,
    throttle: SignInThrottle,
    /// Beyond what it holds a wrong answer goes out at once: 50 bits of code don't yield to speed.
    padding: ResponsePadding,
    lately: RecentSignIns,
    leaving: Leaving,
    counted_events: CountedEventSender,
}

/// What leaving came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Departure {
    /// Nobody was signed in.
    Nobody,
    /// The session is over at this node, is written down, and is over at every other node about a second later.
    Left { session: Session },
    /// It couldn't be written down: the session may open again until it expires.
    NotKept { session: Session },
}

/// What somebody typed, and for which campaign.
pub struct Attempt<'a> {
    pub campaign: &'a Campaign,
    pub secret: &'a CampaignSecret,
    pub identifier: &'a str,
    pub access_code: &'a str,
    pub method: Method,
}

#[derive(Debug)]
pub struct SignedIn {
    pub session: Session,
    pub token: String,
    pub signer: Signer,
}

#[derive(Debug, thiserror::Error)]
pub enum SignInRefusal {
    /// The campaign is a draft: the public doesn't know of it.
    #[error("no such campaign")]
    Unknown,
    /// What was typed can't be anybody's number; this says nothing about who is on the roster.
    #[error("not an identifier: {0}")]
    Identifier(IdentifierFault),
    /// Any wrong pair.
    #[error("identifier and access code don't belong together")]
    Wrong,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SignIn {
    /// `attempt_sender` and the audit trail are told of every wrong pair; `shared` says that other nodes may serve from
    /// the same database. All sessions that were left are read first.
    pub async fn start(
        store: SharedStore,
        keyring: Arc<Keyring>,
        clock: Arc<dyn Clock>,
        entropy: Arc<Entropy>,
        attempt_sender: WrongAttemptSender,
        shared: bool,
        counted_events: CountedEventSender,
    ) -> Result<Arc<Self>, StoreError> {
        let leaving = Leaving::start(store.clone(), clock.clone(), &entropy, shared).await?;
        let (throttle, padding, lately) =
            (SignInThrottle::new(attempt_sender), ResponsePadding::default(), RecentSignIns::default());
        Ok(Arc::new(Self { store, keyring, clock, entropy, throttle, padding, lately, leaving, counted_events }))
    }

    /// Hears of sessions that are left at other nodes, for as long as the process runs.
    pub async fn run(&self) {
        self.leaving.run().await;
    }

    /// Wrong pairs that were tried at another node.
    pub fn merge_remote(&self, bucket: u16, wrong: u16, now: UnixMillis) {
        self.throttle.merge_remote(bucket, wrong, now.0);
    }

    /// Possible from locked on, before the opening (to read the text) and after closing (to fetch the receipt).
    pub async fn sign_in(&self, attempt: Attempt<'_>) -> Result<SignedIn, SignInRefusal> {
        let asked = Instant::now();
        let campaign = attempt.campaign;
        if !campaign.state.is_public() {
            return Err(SignInRefusal::Unknown);
        }
        let identifier = Identifier::parse(attempt.identifier).map_err(SignInRefusal::Identifier)?;
        let participant = attempt.secret.participant_id(&identifier);
        let signer = self.looked_up(campaign.id, participant).await?;
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
                self.lately.wrong(campaign.id, now);
                self.counted_events.report(now, CountedEvent::SignersCodeWrong { campaign: campaign.id });
                let delay = self.throttle.wrong(&self.keyed_hash(campaign.id, participant), now.0);
                self.padding.wait_for_step(asked, delay).await;
                Err(SignInRefusal::Wrong)
            }
        }
    }

    /// Wrong pairs that this node answered lately.
    pub fn wrong_lately(&self, campaign: CampaignId) -> WrongLately {
        self.lately.count(campaign, UnixMillis(self.clock.now_ms()))
    }

    /// The session that a token carries for this campaign, unless the person left it. Costs no read.
    pub fn session(&self, token: &str, campaign: CampaignId) -> Result<(Session, SessionKey), SessionFault> {
        let opened = Session::open(token, &self.keyring, campaign, UnixMillis(self.clock.now_ms()))?;
        if self.has_left(&opened.1) { Err(SessionFault::Left) } else { Ok(opened) }
    }

    pub fn has_left(&self, key: &SessionKey) -> bool {
        self.leaving.has_left(key)
    }

    /// Ends a token's session, of whatever campaign. From here on nothing more is admitted with it; what was admitted
    /// before may still be committed.
    pub async fn leave(&self, token: &str) -> Departure {
        let now = UnixMillis(self.clock.now_ms());
        let opened = Session::authentic(token, &self.keyring, now);
        let Some((session, key)) = opened.filter(|(session, _)| session.expires_at > now) else {
            return Departure::Nobody;
        };
        if self.leaving.leave(key, session.expires_at).await {
            Departure::Left { session }
        } else {
            Departure::NotKept { session }
        }
    }

    /// What a page that leaves by itself carries in an address: another site can't guess it. It is good for leaving
    /// this session and for nothing else, so it may stand in a log.
    pub fn leaving_mark(&self, key: &SessionKey) -> String {
        BASE64URL_NOPAD.encode(&self.keyring.lasting_mac(LEAVING_LABEL, &key.0)[..MARK_BYTES])
    }

    /// Whether a mark is of the session that this token carries.
    pub fn is_leaving_mark(&self, token: &str, mark: &str) -> bool {
        let now = UnixMillis(self.clock.now_ms());
        let key = Session::authentic(token, &self.keyring, now).map(|(_, key)| key);
        key.is_some_and(|key| self.leaving_mark(&key).as_bytes().ct_eq(mark.as_bytes()).into())
    }

    /// Sessions that are over before their time, as far as this node knows.
    pub fn left(&self) -> usize {
        self.leaving.in_force()
    }

    /// Whether this node knows of everybody who left a moment ago.
    pub fn knows_who_left(&self) -> bool {
        self.leaving.is_current()
    }

    /// Makes room for fewer than [`LEFT_SESSIONS_IN_FORCE_MAX`]: a test fills a small table.
    pub fn hold_left_at_most(&self, sessions: usize) {
        self.leaving.hold_at_most(sessions);
    }

    /// Tells one person's kept input from another's on a shared device: 6 bytes, base64url. It means nothing elsewhere.
    pub fn device_mark(&self, campaign: CampaignId, participant: ParticipantId) -> String {
        let who = [campaign.as_bytes(), participant.as_bytes()].concat();
        BASE64URL_NOPAD.encode(&self.keyring.lasting_mac(DEVICE_MARK_LABEL, &who)[..DEVICE_MARK_BYTES])
    }

    /// The person of a session; `None` when they left the roster or their code was issued anew meanwhile.
    pub async fn signer(&self, session: &Session) -> Result<Option<Signer>, StoreError> {
        let signer = self.looked_up(session.campaign, session.participant).await?;
        Ok(signer.filter(|signer| signer.code_version == session.code_version))
    }

    /// A connection that died without a word keeps nobody waiting.
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
