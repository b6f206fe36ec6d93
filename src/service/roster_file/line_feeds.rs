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
            let mut kept = 0;
            for at in 0..read {
                let byte = into[at];
                let completes = byte == b'\n' && self.after_return;
                self.after_return = byte == b'\r';
                if !completes {
                    into[kept] = if byte == b'\r' { b'\n' } else { byte };
                    kept += 1;
                }
            }
            // A block with nothing but the LF of a CR LF isn't the end.
            if kept > 0 {
                return Ok(kept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
