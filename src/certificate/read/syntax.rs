//! The syntax of PDF objects (ISO 32000-1, 7.3), as far as finding attachments and additions needs it.

use super::DEPTH_MAX;
use std::collections::BTreeMap;

/// The keys that are needed to find an attachment, and to tell what was added to a sealed file. Entries under others
/// are skipped, so that no file can fill the memory with them.
const KEYS_KEPT: [&[u8]; 19] = [
    b"ByteRange",
    b"Contents",
    b"CropBox",
    b"EF",
    b"Encrypt",
    b"F",
    b"FT",
    b"Fields",
    b"Filter",
    b"First",
    b"Length",
    b"MediaBox",
    b"N",
    b"Pages",
    b"Resources",
    b"Rotate",
    b"Subtype",
    b"Type",
    b"UF",
];
/// Most values of an array that are kept: a page of ours has fewer streams.
const ARRAY_KEPT_MAX: usize = 16;

/// Dictionaries that are nested deeper aren't kept, nor is what is nested in an array: a few bytes of a file would take
/// hundreds of the memory. An attachment's streams stand in a dictionary within its file specification.
const KEPT_DEPTH_MAX: usize = 1;

#[derive(Clone, Debug, PartialEq)]
pub enum PdfValue {
    Name(Vec<u8>),
    Text(Vec<u8>),
    /// A whole number; fractions are [`PdfValue::Other`].
    Number(i64),
    /// A reference to the object with this number; its generation is ignored.
    Reference(u32),
    /// Its first values, at most [`ARRAY_KEPT_MAX`].
    Array(Vec<PdfValue>),
    /// Its entries under [`KEYS_KEPT`].
    Dictionary(BTreeMap<Vec<u8>, PdfValue>),
    Other,
}

/// Reads forward. After a number that might begin a reference it looks at the next words and may go back. Each byte
/// that is looked at is a step.
pub struct SyntaxReader<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
    /// Steps that are left.
    pub steps_left: usize,
}

/// The syntax is wrong here, is nested too deeply, or takes more steps than are left.
#[derive(Debug, PartialEq, Eq)]
pub enum SyntaxFault {
    Syntax,
    Depth,
    Steps,
}

impl<'a> SyntaxReader<'a> {
    pub fn new(bytes: &'a [u8], steps_left: usize) -> Self {
        Self { bytes, at: 0, steps_left }
    }

    /// Counts the bytes from `start` to here as steps, and one more.
    fn spend_since(&mut self, start: usize) {
        self.steps_left = self.steps_left.saturating_sub(self.at - start + 1);
    }

    pub fn value(&mut self, depth: usize) -> Result<PdfValue, SyntaxFault> {
        if depth > DEPTH_MAX {
            return Err(SyntaxFault::Depth);
        }
        if self.steps_left == 0 {
            return Err(SyntaxFault::Steps);
        }
        self.skip_space();
        match self.peek().ok_or(SyntaxFault::Syntax)? {
            b'/' => Ok(PdfValue::Name(self.name())),
            b'(' => self.literal().map(PdfValue::Text),
            b'<' if self.bytes.get(self.at + 1) == Some(&b'<') => self.dictionary(depth),
            b'<' => self.hexadecimal().map(PdfValue::Text),
            b'[' => self.array(depth),
            b'0'..=b'9' | b'+' | b'-' | b'.' => Ok(self.number()),
            byte if byte.is_ascii_alphabetic() => {
                self.word();
                Ok(PdfValue::Other)
            }
            _ => Err(SyntaxFault::Syntax),
        }
    }

    pub fn skip_space(&mut self) {
        let start = self.at;
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while self.peek().is_some_and(|byte| byte != b'\n' && byte != b'\r') {
                    self.at += 1;
                }
            } else if is_space(byte) {
                self.at += 1;
            } else {
                break;
            }
        }
        self.spend_since(start);
    }

    /// The regular characters from here on.
    pub fn word(&mut self) -> &'a [u8] {
        let start = self.at;
        while self.peek().is_some_and(is_regular) {
            self.at += 1;
        }
        self.spend_since(start);
        &self.bytes[start..self.at]
    }

    /// An unsigned whole number, or `None` without moving.
    pub fn unsigned(&mut self) -> Option<u32> {
        let start = self.at;
        let number = std::str::from_utf8(self.word()).ok().and_then(|word| word.parse().ok());
        if number.is_none() {
            self.at = start;
        }
        number
    }

    pub fn consume(&mut self, word: &[u8]) -> bool {
        let here = self.bytes[self.at..].starts_with(word);
        if here {
            self.at += word.len();
        }
        here
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn name(&mut self) -> Vec<u8> {
        self.at += 1;
        let word = self.word();
        let mut name = Vec::with_capacity(word.len());
        let mut rest = word;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            match (byte, rest) {
                (b'#', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    name.push(hex(*high) * 16 + hex(*low));
                    rest = after;
                }
                _ => name.push(byte),
            }
        }
        name
    }

    fn literal(&mut self) -> Result<Vec<u8>, SyntaxFault> {
        let start = self.at;
        let text = self.unescaped();
        self.spend_since(start);
        text
    }

    fn unescaped(&mut self) -> Result<Vec<u8>, SyntaxFault> {
        self.at += 1;
        let mut text = Vec::new();
        let mut open = 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' => open -= 1,
                b'\\' => {
                    self.escape(&mut text);
                    continue;
                }
                _ => {}
            }
            if open == 0 {
                return Ok(text);
            }
            text.push(byte);
        }
        Err(SyntaxFault::Syntax)
    }

    fn escape(&mut self, text: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        match byte {
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'b' => text.push(8),
            b'f' => text.push(12),
            b'\n' => {}
            b'\r' => {
                self.consume(b"\n");
            }
            b'0'..=b'7' => {
                let mut octal = byte - b'0';
                for _ in 0..2 {
                    if let Some(digit @ b'0'..=b'7') = self.peek() {
                        self.at += 1;
                        octal = octal.wrapping_mul(8).wrapping_add(digit - b'0');
                    }
                }
                text.push(octal);
            }
            other => text.push(other),
        }
    }

    fn hexadecimal(&mut self) -> Result<Vec<u8>, SyntaxFault> {
        let start = self.at;
        let bytes = self.pairs();
        self.spend_since(start);
        bytes
    }

    fn pairs(&mut self) -> Result<Vec<u8>, SyntaxFault> {
        self.at += 1;
        let mut digits = Vec::new();
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'>' => {
                    let pairs = digits.chunks(2);
                    return Ok(pairs.map(|pair| hex(pair[0]) * 16 + pair.get(1).map_or(0, |&low| hex(low))).collect());
                }
                byte if byte.is_ascii_hexdigit() => digits.push(byte),
                byte if is_space(byte) => {}
                _ => return Err(SyntaxFault::Syntax),
            }
        }
        Err(SyntaxFault::Syntax)
    }

    fn array(&mut self, depth: usize) -> Result<PdfValue, SyntaxFault> {
        self.at += 1;
        let mut values = Vec::new();
        loop {
            self.skip_space();
            if self.consume(b"]") {
                return Ok(PdfValue::Array(values));
            }
            let value = self.value(depth + 1)?;
            if values.len() < ARRAY_KEPT_MAX {
                let is_nested = matches!(value, PdfValue::Array(_) | PdfValue::Dictionary(_));
                values.push(if is_nested { PdfValue::Other } else { value });
            }
        }
    }

    fn dictionary(&mut self, depth: usize) -> Result<PdfValue, SyntaxFault> {
        self.at += 2;
        let mut dictionary = BTreeMap::new();
        loop {
            self.skip_space();
            if self.consume(b">>") {
                let is_kept = depth <= KEPT_DEPTH_MAX;
                return Ok(if is_kept { PdfValue::Dictionary(dictionary) } else { PdfValue::Other });
            }
            if self.peek() != Some(b'/') {
                return Err(SyntaxFault::Syntax);
            }
            let key = self.name();
            let value = self.value(depth + 1)?;
            if depth <= KEPT_DEPTH_MAX && KEYS_KEPT.contains(&key.as_slice()) {
                dictionary.insert(key, value);
            }
        }
    }

    /// A number, or a reference if the next words make it one (`12 0 R`).
    fn number(&mut self) -> PdfValue {
        let word = self.word();
        let Some(number) = std::str::from_utf8(word).ok().and_then(|word| word.parse::<i64>().ok()) else {
            return PdfValue::Other;
        };
        let after = self.at;
        self.skip_space();
        if let Ok(object) = u32::try_from(number)
            && self.unsigned().is_some()
        {
            self.skip_space();
            if self.peek() == Some(b'R') && !self.bytes.get(self.at + 1).copied().is_some_and(is_regular) {
                self.at += 1;
                return PdfValue::Reference(object);
            }
        }
        self.at = after;
        PdfValue::Number(number)
    }
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<PdfValue, SyntaxFault> {
        SyntaxReader::new(text.as_bytes(), usize::MAX).value(0)
    }

    #[test]
    fn values_are_read() {
        assert_eq!(read("/application#2Fcose"), Ok(PdfValue::Name(b"application/cose".to_vec())));
        assert_eq!(read(r"(a\(b\)\101(c)\)"), Err(SyntaxFault::Syntax));
        assert_eq!(read(r"(a\(b\)\101(c))"), Ok(PdfValue::Text(b"a(b)A(c)".to_vec())));
        assert_eq!(read("<FEFF 00 6>"), Ok(PdfValue::Text(vec![0xFE, 0xFF, 0, 0x60])));
        assert_eq!(read("[1 2 0 R]"), Ok(PdfValue::Array(vec![PdfValue::Number(1), PdfValue::Reference(2)])));
        assert_eq!(read("[-1.5 true]"), Ok(PdfValue::Array(vec![PdfValue::Other, PdfValue::Other])));
    }

    #[test]
    fn what_nobody_looks_at_is_read_over_and_not_kept() {
        let many = format!("[{}]", "1 0 R ".repeat(1000));
        assert_eq!(read(&many), Ok(PdfValue::Array(vec![PdfValue::Reference(1); ARRAY_KEPT_MAX])));
        let Ok(PdfValue::Dictionary(kept)) = read("<</Width 8/F (a)/Kids [<</N 1>>]/Length 3>>") else {
            panic!("not a dictionary")
        };
        let first = (b"F".to_vec(), PdfValue::Text(b"a".to_vec()));
        let second = (b"Length".to_vec(), PdfValue::Number(3));
        assert_eq!(kept.into_iter().collect::<Vec<_>>(), [first, second]);
    }

    #[test]
    fn what_is_nested_deeper_is_read_over_and_not_kept() {
        let Ok(PdfValue::Dictionary(kept)) = read("<</EF<</F 1 0 R/UF<</N 1>>>>/Contents[<</N 1>>[1] 2]>>") else {
            panic!("not a dictionary")
        };
        let Some(PdfValue::Dictionary(files)) = kept.get(b"EF".as_slice()) else { panic!("the streams aren't kept") };
        assert_eq!(files.get(b"F".as_slice()), Some(&PdfValue::Reference(1)));
        assert_eq!(files.get(b"UF".as_slice()), Some(&PdfValue::Other));
        let contents = PdfValue::Array(vec![PdfValue::Other, PdfValue::Other, PdfValue::Number(2)]);
        assert_eq!(kept.get(b"Contents".as_slice()), Some(&contents));
    }

    #[test]
    fn steps_have_a_limit() {
        let many = format!("[{}]", "1 0 R ".repeat(1000));
        assert_eq!(SyntaxReader::new(many.as_bytes(), 1_000).value(0), Err(SyntaxFault::Steps));
        let mut reader = SyntaxReader::new(many.as_bytes(), 5 * many.len());
        assert!(reader.value(0).is_ok() && reader.steps_left > 0, "each byte is looked at a few times");
    }

    #[test]
    fn nesting_has_a_limit() {
        assert_eq!(read(&"[".repeat(100)), Err(SyntaxFault::Depth));
        assert!(read(&format!("{}{}", "[".repeat(30), "]".repeat(30))).is_ok());
    }
}
