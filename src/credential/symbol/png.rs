//! A symbol as a PNG with one pixel per module: some 700 bytes, where SVG takes several thousand.

use super::{QUIET_ZONE_MODULES, Symbol};
use png::{BitDepth, ColorType, Compression, Encoder, EncodingError};

/// Capacity for a large symbol's picture, so that the buffer never grows.
const PICTURE_BYTES: usize = 2_048;

impl Symbol {
    /// Pixels a side: the modules and the quiet zone around them.
    pub fn side(&self) -> usize {
        self.width() + 2 * QUIET_ZONE_MODULES
    }

    /// The picture as a PNG file: 1-bit grayscale, one pixel per module, quiet zone included.
    pub fn png(&self) -> Vec<u8> {
        let mut picture = Vec::with_capacity(PICTURE_BYTES);
        self.write_png(&mut picture).expect("memory takes whatever is written, and the rows are as many as were said");
        picture
    }

    fn write_png(&self, picture: &mut Vec<u8>) -> Result<(), EncodingError> {
        let side = u32::try_from(self.side()).unwrap_or(u32::MAX);
        let mut encoder = Encoder::new(picture, side, side);
        encoder.set_color(ColorType::Grayscale);
        encoder.set_depth(BitDepth::One);
        // The rows are a few bytes without a pattern, so compressing them gains nothing.
        encoder.set_compression(Compression::NoCompression);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels())?;
        writer.finish()
    }

    /// Row by row, the highest bit of a byte is the leftmost pixel, 1 is light.
    fn pixels(&self) -> Vec<u8> {
        let (side, light) = (self.side(), [0; QUIET_ZONE_MODULES]);
        let rows = light.iter().chain(&self.rows).chain(&light);
        let mut pixels = Vec::with_capacity(side * side.div_ceil(8));
        for row in rows {
            let dark = (row << QUIET_ZONE_MODULES).reverse_bits();
            pixels.extend_from_slice(&(!dark).to_be_bytes()[..side.div_ceil(8)]);
        }
        pixels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use png::{Decoder, Transformations};
    use std::io::Cursor;

    #[test]
    fn every_module_is_a_pixel_within_a_light_border() {
        for text in ["halo".to_owned(), format!("https://ikrar.example.go.id/v#{}", "7".repeat(480))] {
            let symbol = Symbol::encode(&text).unwrap();
            let (side, picture) = (symbol.side(), symbol.png());
            assert!(picture.len() < PICTURE_BYTES);
            let mut decoder = Decoder::new(Cursor::new(picture));
            decoder.set_transformations(Transformations::EXPAND);
            let mut reader = decoder.read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            let frame = reader.next_frame(&mut pixels).unwrap();
            assert_eq!((frame.width as usize, frame.height as usize, pixels.len()), (side, side, side * side));
            for (place, pixel) in pixels.iter().enumerate() {
                let (x, y) = (place % side, place / side);
                let inside = x.checked_sub(QUIET_ZONE_MODULES).zip(y.checked_sub(QUIET_ZONE_MODULES));
                let is_dark = inside.is_some_and(|(column, row)| symbol.is_dark(column, row));
                assert_eq!(*pixel, if is_dark { 0 } else { 255 }, "{x} {y}");
            }
        }
    }
}
