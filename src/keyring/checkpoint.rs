//! Signs log heads. Those of all logs, pledges and roster, are signed here and nowhere else.

use super::RoleKey;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::note;

impl RoleKey {
    /// The checkpoint as a signed note (C2SP `tlog-checkpoint`), with the origin as the key's name.
    pub fn sign_checkpoint(&self, checkpoint: &Checkpoint) -> String {
        let public_key = self.public();
        note::sign(&checkpoint.body(), &checkpoint.origin, public_key.as_bytes(), |text| self.sign(text))
    }
}
