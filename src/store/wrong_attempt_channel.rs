//! The channel by which throttles report wrong attempts to the exchange between nodes.
//!
//! It stores nothing. It is on this floor because several services send and another receives, and services don't
//! import each other.

use super::wrong_attempts::ThrottleKind;
use tokio::sync::mpsc;

/// Capacity of the channel. Attempts beyond it count at their own node only.
const QUEUED_ATTEMPTS_MAX: usize = 16_384;

/// The sending end. Sending never waits. The default, for a database of one node, has no receiver and drops everything.
#[derive(Clone, Default)]
pub struct WrongAttemptSender(Option<mpsc::Sender<(ThrottleKind, u16)>>);

impl WrongAttemptSender {
    /// A channel of 16,384 attempts. The receiver gets each attempt's throttle and bucket.
    pub fn channel() -> (Self, mpsc::Receiver<(ThrottleKind, u16)>) {
        let (sender, received) = mpsc::channel(QUEUED_ATTEMPTS_MAX);
        (Self(Some(sender)), received)
    }

    /// Reports one wrong attempt.
    pub fn report(&self, throttle: ThrottleKind, bucket: u16) {
        if let Some(sender) = &self.0 {
            // Full: the attempt counts at this node, which slows further attempts here.
            let _ = sender.try_send((throttle, bucket));
        }
    }
}
