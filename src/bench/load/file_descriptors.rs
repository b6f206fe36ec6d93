//! A crowd needs a descriptor for each of its connections.

use crate::i18n::Words;
use crate::server::limits;
use anyhow::ensure;

/// Descriptors for everything that isn't a connection to a measured server: databases, pipes, files.
const RESERVED: u64 = 256;

/// Raises this process's own limit of open files as far as it goes; says plainly when that isn't enough. The servers do
/// the same for themselves, under the same limit.
pub fn raise_for(connections: u64, words: Words) -> anyhow::Result<()> {
    let (wanted, limit) = (connections.saturating_add(RESERVED), limits::raised());
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
        raise_for(1, Words::default()).unwrap();
        let limit = limits::raised();
        if limit < u64::MAX {
            let refused = raise_for(limit, Words::default()).unwrap_err().to_string();
            assert!(refused.contains(&Words::default().number(limit)), "{refused}");
        }
    }
}
