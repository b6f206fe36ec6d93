//! The objects of a file, by number; those inside object streams too (ISO 32000-1, 7.5.7).

use super::syntax::{PdfValue, SyntaxFault, SyntaxReader};
use super::{FILE_BYTES_MAX, INFLATED_BYTES_MAX, OBJECTS_MAX, ReadFault};
use flate2::read::ZlibDecoder;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::Read;

/// Largest object that is read from an object stream.
const PACKED_BYTES_MAX: usize = 32 * 1024;
/// Most bytes that are read again after the file itself: streams, and what object streams hold. Only a file that refers
/// to the same bytes many times needs more, so this bounds the time that it can cost.
const REREAD_BYTES_MAX: usize = 2 * FILE_BYTES_MAX + INFLATED_BYTES_MAX;
/// Most steps of the syntax reader, which looks at one byte in each: five times the bytes of a file and of its object
/// streams. No file needs more than four times, since only the two words after a number are read again. The limit
/// bounds how long any file can occupy a thread.
pub const STEPS_MAX: usize = 5 * (FILE_BYTES_MAX + INFLATED_BYTES_MAX);
/// Most white space between the end of a stream and its `endstream`. Writers put a line break there.
const STREAM_GAP_BYTES_MAX: usize = 32;

struct Object<'a> {
    value: PdfValue,
    /// Offset in the file of the object, or of the object stream that holds it. A higher offset is newer.
    at: usize,
    /// The bytes between `stream` and `endstream`.
    stream: Option<&'a [u8]>,
}

/// All objects of a file, each number with its last definition.
pub struct Objects<'a> {
    objects: BTreeMap<u32, Object<'a>>,
    /// Bytes that may still be inflated.
    inflatable: Cell<usize>,
    /// Bytes that may still be read again.
    rereadable: Cell<usize>,
    /// Steps of the syntax reader that are left; see [`STEPS_MAX`].
    steps_left: Cell<usize>,
    /// Whether the file ends as a PDF does.
    pub has_end_marker: bool,
    pub encrypted: bool,
}

impl<'a> Objects<'a> {
    pub fn read(pdf: &'a [u8]) -> Result<Self, ReadFault> {
        let tail = &pdf[pdf.len().saturating_sub(1024)..];
        let mut objects = Self {
            objects: BTreeMap::new(),
            inflatable: Cell::new(INFLATED_BYTES_MAX),
            rereadable: Cell::new(REREAD_BYTES_MAX),
            steps_left: Cell::new(STEPS_MAX),
            has_end_marker: tail.windows(5).any(|window| window == b"%%EOF"),
            encrypted: false,
        };
        let mut seen = 0;
        let mut reader = SyntaxReader::new(pdf, STEPS_MAX);
        let mut object_streams = Vec::new();
        while let Some(number) = objects.next_object(&mut reader)? {
            seen += 1;
            if seen > OBJECTS_MAX {
                return Err(ReadFault::TooLarge);
            }
            match objects.define(number, &mut reader) {
                Ok(true) => object_streams.push(number),
                Ok(false) | Err(SyntaxFault::Syntax) => {}
                Err(SyntaxFault::Depth | SyntaxFault::Steps) => return Err(ReadFault::TooLarge),
            }
        }
        objects.steps_left.set(reader.steps_left);
        objects.unpack(&object_streams, seen)?;
        Ok(objects)
    }

    /// Steps that reading took.
    #[cfg(test)]
    pub fn steps(&self) -> usize {
        STEPS_MAX - self.steps_left.get()
    }

    pub fn values(&self) -> impl Iterator<Item = &PdfValue> {
        self.objects.values().map(|object| &object.value)
    }

    /// The objects with their numbers, each with whether a stream follows it.
    pub fn numbered(&self) -> impl Iterator<Item = (u32, &PdfValue, bool)> {
        self.objects.iter().map(|(number, object)| (*number, &object.value, object.stream.is_some()))
    }

    pub fn get(&self, number: u32) -> Option<&PdfValue> {
        self.objects.get(&number).map(|object| &object.value)
    }

    /// The content of a stream, inflated if it is deflated. `None` if there is no stream, if it has another filter, or
    /// if it doesn't inflate.
    pub fn stream(&self, number: u32, bytes_max: usize) -> Result<Option<Vec<u8>>, ReadFault> {
        let Some(Object { value: PdfValue::Dictionary(dictionary), stream: Some(content), .. }) =
            self.objects.get(&number)
        else {
            return Ok(None);
        };
        self.reread(content.len())?;
        let filter = match dictionary.get(b"Filter".as_slice()) {
            Some(PdfValue::Array(filters)) => match filters.as_slice() {
                [] => None,
                [one] => Some(one),
                _ => return Ok(None),
            },
            other => other,
        };
        match filter {
            None if content.len() <= bytes_max => Ok(Some(content.to_vec())),
            None => Err(ReadFault::TooLarge),
            Some(PdfValue::Name(name)) if name == b"FlateDecode" || name == b"Fl" => self.inflate(content, bytes_max),
            Some(_) => Ok(None),
        }
    }

    fn reread(&self, bytes: usize) -> Result<(), ReadFault> {
        self.rereadable.set(self.rereadable.get().checked_sub(bytes).ok_or(ReadFault::TooLarge)?);
        Ok(())
    }

    fn inflate(&self, content: &[u8], bytes_max: usize) -> Result<Option<Vec<u8>>, ReadFault> {
        let limit = bytes_max.min(self.inflatable.get());
        let mut inflated = Vec::new();
        let read = ZlibDecoder::new(content).take(limit as u64 + 1).read_to_end(&mut inflated);
        if inflated.len() > limit {
            return Err(ReadFault::TooLarge);
        }
        self.inflatable.set(self.inflatable.get() - inflated.len());
        Ok(read.is_ok().then_some(inflated))
    }

    /// Moves to just after the next `N G obj` and returns N. On the way it notes an `/Encrypt` in a trailer.
    fn next_object(&mut self, reader: &mut SyntaxReader<'a>) -> Result<Option<u32>, ReadFault> {
        // The last two words, when they were numbers.
        let mut before = [None, None];
        while reader.at < reader.bytes.len() {
            reader.skip_space();
            let start = reader.at;
            if let Some(number) = reader.unsigned() {
                before = [before[1], Some(number)];
                continue;
            }
            if reader.steps_left == 0 {
                return Err(ReadFault::TooLarge);
            }
            let word = reader.word();
            if let ([Some(number), Some(_)], b"obj") = (before, word) {
                return Ok(Some(number));
            }
            before = [None, None];
            if word == b"trailer"
                && let Ok(PdfValue::Dictionary(trailer)) = reader.value(0)
            {
                self.encrypted |= trailer.contains_key(b"Encrypt".as_slice());
            }
            if reader.at == start {
                reader.at += 1;
            }
        }
        Ok(None)
    }

    /// Reads the object that begins here; returns whether it is an object stream.
    fn define(&mut self, number: u32, reader: &mut SyntaxReader<'a>) -> Result<bool, SyntaxFault> {
        let at = reader.at;
        let value = reader.value(0)?;
        reader.skip_space();
        let mut stream = None;
        let mut packed = false;
        if let PdfValue::Dictionary(dictionary) = &value {
            if reader.consume(b"stream") {
                stream = Some(self.content(dictionary, reader));
            }
            let is = |name: &[u8]| matches!(dictionary.get(b"Type".as_slice()), Some(PdfValue::Name(found)) if found == name);
            packed = stream.is_some() && is(b"ObjStm");
            // A cross-reference stream's dictionary is a trailer.
            self.encrypted |= is(b"XRef") && dictionary.contains_key(b"Encrypt".as_slice());
        }
        self.objects.insert(number, Object { value, at, stream });
        Ok(packed)
    }

    /// The bytes of a stream: as many as its `/Length` if `endstream` follows them, else all up to the next
    /// `endstream`.
    fn content(&self, dictionary: &BTreeMap<Vec<u8>, PdfValue>, reader: &mut SyntaxReader<'a>) -> &'a [u8] {
        if !reader.consume(b"\r\n") {
            reader.consume(b"\n");
        }
        let start = reader.at;
        let length = match dictionary.get(b"Length".as_slice()) {
            Some(PdfValue::Reference(number)) => self.get(*number),
            other => other,
        };
        if let Some(PdfValue::Number(length)) = length
            && let Some(end) = usize::try_from(*length).ok().and_then(|length| start.checked_add(length))
            && end <= reader.bytes.len()
        {
            let gap_end = (end + STREAM_GAP_BYTES_MAX).min(reader.bytes.len());
            let mut gap = SyntaxReader { bytes: &reader.bytes[..gap_end], at: end, steps_left: STREAM_GAP_BYTES_MAX };
            gap.skip_space();
            reader.at = gap.at;
            if reader.consume(b"endstream") {
                return &reader.bytes[start..end];
            }
        }
        let rest = &reader.bytes[start..];
        let length = rest.windows(9).position(|window| window == b"endstream").unwrap_or(rest.len());
        reader.at = start + length;
        let content = &rest[..length];
        // The line break before `endstream` isn't part of the content.
        content.strip_suffix(b"\r\n").or_else(|| content.strip_suffix(b"\n")).unwrap_or(content)
    }

    /// Adds the objects in object streams, except where a newer object has the number.
    fn unpack(&mut self, object_streams: &[u32], mut seen: usize) -> Result<(), ReadFault> {
        for &number in object_streams {
            let Some(Object { value: PdfValue::Dictionary(dictionary), at, .. }) = self.objects.get(&number) else {
                continue;
            };
            let packed_at = *at;
            let integer = |key: &[u8]| match dictionary.get(key) {
                Some(PdfValue::Number(number)) => usize::try_from(*number).ok(),
                _ => None,
            };
            let (Some(count), Some(first)) = (integer(b"N"), integer(b"First")) else { continue };
            let Some(content) = self.stream(number, INFLATED_BYTES_MAX)? else { continue };
            seen = seen.saturating_add(count);
            if seen > OBJECTS_MAX {
                return Err(ReadFault::TooLarge);
            }
            for (number, offset) in heads(&content, count, &self.steps_left) {
                let Some(body) = first.checked_add(offset).and_then(|at| content.get(at..)) else { continue };
                let mut reader = SyntaxReader::new(&body[..body.len().min(PACKED_BYTES_MAX)], self.steps_left.get());
                let read = reader.value(0);
                self.steps_left.set(reader.steps_left);
                self.reread(reader.at)?;
                match read {
                    Ok(value) => {
                        if self.objects.get(&number).is_none_or(|known| known.at <= packed_at) {
                            self.objects.insert(number, Object { value, at: packed_at, stream: None });
                        }
                    }
                    Err(SyntaxFault::Depth | SyntaxFault::Steps) => return Err(ReadFault::TooLarge),
                    Err(SyntaxFault::Syntax) => {}
                }
            }
        }
        Ok(())
    }
}

/// The pairs of number and offset at the head of an object stream.
fn heads(content: &[u8], count: usize, steps_left: &Cell<usize>) -> Vec<(u32, usize)> {
    let mut reader = SyntaxReader::new(content, steps_left.get());
    let mut next = || {
        reader.skip_space();
        reader.unsigned()
    };
    let pair = |_| Some((next()?, usize::try_from(next()?).ok()?));
    let heads = (0..count).map_while(pair).collect();
    steps_left.set(reader.steps_left);
    heads
}
