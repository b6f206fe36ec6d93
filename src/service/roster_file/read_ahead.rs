//! Reads bytes on a thread of its own, some blocks ahead of those that are being parsed: a part of a workbook is
//! unpacked meanwhile.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Bytes of one block.
const BLOCK_BYTES: usize = 64 * 1024;
/// Blocks that may wait for the parser before the reading thread blocks.
const BLOCKS_WAITING_MAX: usize = 8;

/// The blocks that were read ahead, as one stream.
pub struct ReadAhead {
    blocks: Receiver<io::Result<Vec<u8>>>,
    spent: SyncSender<Vec<u8>>,
    block: Vec<u8>,
    at: usize,
    is_at_end: bool,
}

/// Runs `parse` on the bytes while they are read.
pub fn read_ahead<T>(from: impl Read + Send, parse: impl FnOnce(ReadAhead) -> T) -> T {
    let (blocks, waiting) = sync_channel(BLOCKS_WAITING_MAX);
    let (spent, reusable) = sync_channel(BLOCKS_WAITING_MAX + 2);
    thread::scope(|scope| {
        // The thread has the priority of the one that starts it. It ends when nobody takes its blocks any more.
        scope.spawn(move || send_all(from, &blocks, &reusable));
        parse(ReadAhead { blocks: waiting, spent, block: vec![], at: 0, is_at_end: false })
    })
}

/// Sends everything in blocks. An empty one is the end.
fn send_all(mut from: impl Read, blocks: &SyncSender<io::Result<Vec<u8>>>, reusable: &Receiver<Vec<u8>>) {
    loop {
        let mut block = reusable.try_recv().unwrap_or_default();
        block.resize(BLOCK_BYTES, 0);
        let (filled, result) = fill(&mut from, &mut block);
        block.truncate(filled);
        let is_last = filled == 0 || result.is_err();
        if (filled > 0 || result.is_ok()) && blocks.send(Ok(block)).is_err() {
            return;
        }
        if let Err(error) = result {
            let _ = blocks.send(Err(error));
        }
        if is_last {
            return;
        }
    }
}

/// Reads until the block is full, the bytes end or reading fails. Returns how many bytes there are.
fn fill(from: &mut impl Read, block: &mut [u8]) -> (usize, io::Result<()>) {
    let mut filled = 0;
    while filled < block.len() {
        match from.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (filled, Err(error)),
        }
    }
    (filled, Ok(()))
}

impl Read for ReadAhead {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.block.len() && !self.is_at_end {
            let lost = |_| io::Error::other("the bytes end before their end");
            let next = self.blocks.recv().map_err(lost)??;
            let _ = self.spent.try_send(std::mem::replace(&mut self.block, next));
            self.at = 0;
            self.is_at_end = self.block.is_empty();
        }
        let read = (&self.block[self.at..]).read(into)?;
        self.at += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Yields these bytes, then an error.
    struct Failing<'a>(&'a [u8]);

    impl Read for Failing<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            match self.0.read(into)? {
                0 => Err(io::Error::other("damaged")),
                read => Ok(read),
            }
        }
    }

    #[test]
    fn the_bytes_are_whole_and_an_error_comes_after_those_before_it() {
        let bytes: Vec<u8> = (0..u8::MAX).cycle().take(10 * BLOCK_BYTES + 7).collect();
        for length in [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, bytes.len()] {
            let mut read = vec![];
            read_ahead(&bytes[..length], |mut ahead| ahead.read_to_end(&mut read).unwrap());
            assert!(read == bytes[..length], "{length}");
            let mut read = vec![];
            assert!(read_ahead(Failing(&bytes[..length]), |mut ahead| ahead.read_to_end(&mut read)).is_err());
            assert!(read == bytes[..length], "{length}");
        }
    }

    /// Yields the niceness of the thread that reads.
    #[cfg(target_os = "linux")]
    struct Niceness;

    #[cfg(target_os = "linux")]
    impl Read for Niceness {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let niceness = rustix::process::getpriority_process(None).map_err(io::Error::from)?;
            into.fill(u8::try_from(niceness).map_err(io::Error::other)?);
            Ok(into.len())
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_reading_thread_has_the_priority_of_the_parser() {
        let both = || {
            let (mut own, mut ahead) = ([0], [0]);
            Niceness.read_exact(&mut own).unwrap();
            read_ahead(Niceness, |mut bytes| bytes.read_exact(&mut ahead).unwrap());
            (own, ahead)
        };
        let (own, ahead) = crate::background::run(both).await.unwrap();
        assert_eq!(own, ahead);
        assert!(own[0] > 0);
    }

    /// Also if the bytes have no end.
    #[test]
    fn a_parser_that_stops_early_ends_the_thread() {
        let first = read_ahead(io::repeat(7), |mut ahead| {
            let mut few = [0; 3];
            ahead.read_exact(&mut few).unwrap();
            few
        });
        assert_eq!(first, [7; 3]);
    }
}
