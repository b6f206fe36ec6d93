//! A symbol as a picture of one pixel a module (PNG, RFC 2083): some 700 bytes, where the same in SVG is several thousand.
//!
//! Two colours, so a row is a few bytes and isn't worth compressing.

use super::{QUIET_ZONE_MODULES, Symbol};
use flate2::Crc;

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// One bit a pixel, grey, deflate, the only filters, not interlaced.
const FORMAT: [u8; 5] = [1, 0, 0, 0, 0];

impl Symbol {
    /// Pixels a side: the modules and the quiet zone around them.
    pub fn side(&self) -> usize {
        self.width() + 2 * QUIET_ZONE_MODULES
    }

    pub fn png(&self) -> Vec<u8> {
        let side = self.side();
        let side_bytes = u32::try_from(side).expect("at most 85 pixels a side").to_be_bytes();
        let mut png = Vec::with_capacity(1024);
        png.extend_from_slice(&SIGNATURE);
        chunk(&mut png, *b"IHDR", &[&side_bytes[..], &side_bytes, &FORMAT].concat());
        chunk(&mut png, *b"IDAT", &stored(&self.pixels(side)));
        chunk(&mut png, *b"IEND", &[]);
        png
    }

    /// Each row behind the number of its filter, which is none. The highest bit is the leftmost pixel, 1 is light.
    fn pixels(&self, side: usize) -> Vec<u8> {
        let light = [0; QUIET_ZONE_MODULES];
        let rows = light.iter().chain(&self.rows).chain(&light);
        let mut pixels = Vec::with_capacity(side * (1 + side.div_ceil(8)));
        for row in rows {
            pixels.push(0);
            let dark = (row << QUIET_ZONE_MODULES).reverse_bits();
            pixels.extend_from_slice(&(!dark).to_be_bytes()[..side.div_ceil(8)]);
        }
        pixels
    }
}

fn chunk(png: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    let length = u32::try_from(content.len()).expect("a kilobyte");
    png.extend_from_slice(&length.to_be_bytes());
    let begins = png.len();
    png.extend_from_slice(&kind);
    png.extend_from_slice(content);
    let mut check = Crc::new();
    check.update(&png[begins..]);
    png.extend_from_slice(&check.sum().to_be_bytes());
}

/// In zlib's wrapping (RFC 1950), as one stored block (RFC 1951, section 3.2.4).
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("a kilobyte");
    let mut wrapped = vec![0x78, 0x01, 1];
    wrapped.extend_from_slice(&length.to_le_bytes());
    wrapped.extend_from_slice(&(!length).to_le_bytes());
    wrapped.extend_from_slice(bytes);
    wrapped.extend_from_slice(&adler32(bytes).to_be_bytes());
    wrapped
}

/// RFC 1950, section 8.2. A kilobyte can't overflow the sums.
fn adler32(bytes: &[u8]) -> u32 {
    let (low, high) = bytes.iter().fold((1u32, 0u32), |(low, high), &byte| {
        let low = low + u32::from(byte);
        (low, high + low)
    });
    high % 65_521 << 16 | low % 65_521
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::ZlibDecoder;
    use std::io::Read;

    /// The contents of the chunks, whose checks must hold.
    fn chunks(mut png: &[u8]) -> Vec<(String, Vec<u8>)> {
        png = png.strip_prefix(&SIGNATURE).unwrap();
        let mut found = vec![];
        while let Some((length, rest)) = png.split_first_chunk::<4>() {
            let length = usize::try_from(u32::from_be_bytes(*length)).unwrap();
            let (named, rest) = rest.split_at(4 + length);
            let (check, rest) = rest.split_first_chunk::<4>().unwrap();
            let mut crc = Crc::new();
            crc.update(named);
            assert_eq!(crc.sum(), u32::from_be_bytes(*check));
            found.push((String::from_utf8(named[..4].to_vec()).unwrap(), named[4..].to_vec()));
            png = rest;
        }
        found
    }

    #[test]
    fn every_module_is_a_pixel_within_a_light_border() {
        for text in ["halo".to_owned(), format!("https://ikrar.example.go.id/v#{}", "7".repeat(480))] {
            let symbol = Symbol::encode(&text).unwrap();
            let side = symbol.side();
            let chunks = chunks(&symbol.png());
            assert_eq!(chunks.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), ["IHDR", "IDAT", "IEND"]);
            assert_eq!(chunks[0].1[..8], [[0, 0, 0, u8::try_from(side).unwrap()]; 2].concat());
            let mut pixels = vec![];
            ZlibDecoder::new(&*chunks[1].1).read_to_end(&mut pixels).unwrap();
            let rows: Vec<&[u8]> = pixels.chunks(1 + side.div_ceil(8)).collect();
            assert_eq!(rows.len(), side);
            for (y, row) in rows.iter().enumerate() {
                assert_eq!(row[0], 0);
                for x in 0..side {
                    let is_light = row[1 + x / 8] >> (7 - x % 8) & 1 == 1;
                    let inside = x.checked_sub(QUIET_ZONE_MODULES).zip(y.checked_sub(QUIET_ZONE_MODULES));
                    assert_eq!(!is_light, inside.is_some_and(|(column, row)| symbol.is_dark(column, row)), "{x} {y}");
                }
            }
        }
    }
}
