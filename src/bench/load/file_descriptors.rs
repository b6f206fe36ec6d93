//! The limit of open files: each connection needs a descriptor.

use crate::i18n::Localizer;
use crate::server::limits;
use anyhow::ensure;

/// Descriptors reserved for anything but connections to the servers under load: databases, pipes, files.
const RESERVED: u64 = 256;

/// Raises this process's limit of open files to the hard limit, and fails if that isn't enough. The servers do the same
/// for themselves.
pub fn raise_for(connections: u64, words: Localizer) -> anyhow::Result<()> {
    let (wanted, limit) = (connections.saturating_add(RESERVED), limits::raise_descriptor_limit());
    ensure!(
        limit >= wanted,
        words.with("bench-descriptors", &[("wanted", &words.number(wanted)), ("limit", &words.number(limit))])
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_does_not_give_is_said_and_what_it_gives_is_taken() {
        raise_for(1, Localizer::default()).unwrap();
        let limit = limits::raise_descriptor_limit();
        if limit < u64::MAX {
            let refused = raise_for(limit, Localizer::default()).unwrap_err().to_string();
            assert!(refused.contains(&Localizer::default().number(limit)), "{refused}");
        }
    }
}
