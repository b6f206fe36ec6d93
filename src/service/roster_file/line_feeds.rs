//! The lines of a text file, whichever way they end.
//!
//! The CSV reader takes CR LF, LF and CR each as a line end, but counts only LF as a line, and keeps the line ends in
//! quotation marks as they are. Read through [`LineFeeds`], each line end is one LF, as a spreadsheet counts them.

use std::io::{self, Read};

/// Yields the bytes of a file with one LF for each CR LF, LF or CR. Encodings in which these bytes are part of other
/// characters, as in UTF-16, are not for it.
pub struct LineFeeds<R> {
    inner: R,
    /// The last byte was a CR, for which an LF was given out.
    after_return: bool,
    at_end: bool,
}

impl<R: Read> LineFeeds<R> {
    pub fn new(inner: R) -> Self {
        Self { inner, after_return: false, at_end: false }
    }

    pub fn get_ref(&self) -> &R {
        &self.inner
    }

    pub fn get_mut(&mut self) -> &mut R {
        &mut self.inner
    }

    /// Whether a caller has read beyond the last byte.
    pub fn is_at_end(&self) -> bool {
        self.at_end
    }
}

impl<R: Read> Read for LineFeeds<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.inner.read(into)?;
            if read == 0 {
                self.at_end = !into.is_empty();
                return Ok(0);
            }
            let kept = self.fold(&mut into[..read]);
            // A block with nothing but the LF of a CR LF isn't the end.
            if kept > 0 {
                return Ok(kept);
            }
        }
    }
}

impl<R> LineFeeds<R> {
    /// Makes each line end one LF; returns how many bytes are left. Runs without a CR are moved as a whole.
    fn fold(&mut self, bytes: &mut [u8]) -> usize {
        let mut from = usize::from(self.after_return && bytes.first() == Some(&b'\n'));
        let mut kept = 0;
        loop {
            // The first is the faster to find none.
            let has_return = bytes[from..].contains(&b'\r');
            let returns = if has_return { bytes[from..].iter().position(|byte| *byte == b'\r') } else { None };
            let end = returns.map_or(bytes.len(), |at| from + at);
            if kept < from {
                bytes.copy_within(from..end, kept);
            }
            kept += end - from;
            if returns.is_none() {
                self.after_return = false;
                return kept;
            }
            bytes[kept] = b'\n';
            kept += 1;
            from = end + 1;
            if from == bytes.len() {
                self.after_return = true;
                return kept;
            }
            from += usize::from(bytes[from] == b'\n');
        }
    }
}

/// The number of LF. Sums of few bytes are counted in one byte each, many of them at once.
pub fn line_feeds(bytes: &[u8]) -> u64 {
    let of = |few: &[u8]| u64::from(few.iter().map(|byte| u8::from(*byte == b'\n')).sum::<u8>());
    bytes.chunks(usize::from(u8::MAX)).map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_line_feeds_are_counted() {
        for length in [0, 1, 254, 255, 256, 70_000] {
            assert_eq!(line_feeds(&vec![b'\n'; length]), length as u64);
        }
        assert_eq!(line_feeds(b"a\nb\r\n"), 2);
    }

    proptest! {
        #[test]
        fn each_line_end_is_one_line_feed_in_blocks_of_any_size(text in "[ab\r\n]{0,40}", block in 1usize..6) {
            let mut lines = LineFeeds::new(text.as_bytes());
            let (mut all, mut buffer) = (Vec::new(), vec![0; block]);
            while !lines.is_at_end() {
                let read = lines.read(&mut buffer).unwrap();
                all.extend_from_slice(&buffer[..read]);
            }
            prop_assert_eq!(String::from_utf8(all).unwrap(), text.replace("\r\n", "\n").replace('\r', "\n"));
        }
    }
}
