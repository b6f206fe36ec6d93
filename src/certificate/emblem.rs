//! An office's emblem: a picture that is sent is decoded, laid on white, made small, and encoded again, so that nothing
//! of the sent file but its pixels gets into a document.

use miniz_oxide::deflate::compress_to_vec_zlib;
use png::{BitDepth, ColorType, Decoder, Encoder, Limits, Transformations};
use resize::Pixel::RGB8;
use resize::Type::Lanczos3;
use rgb::{FromSlice, RGB8 as Rgb};
use std::io::Cursor;

/// Longest file that is sent, in bytes.
pub const EMBLEM_BYTES_MAX: usize = 256 * 1024;
/// Longest side of a picture that is sent, in pixels.
pub const EMBLEM_SIDE_MAX: u32 = 2_000;
/// Shortest side of a picture that is sent, in pixels: a smaller one is a blur in print.
pub const EMBLEM_SIDE_MIN: u32 = 48;
/// Longest side of a kept emblem, in pixels: 300 to an inch where it is printed.
const KEPT_SIDE_MAX: u32 = 240;
/// A picture is at most this many times as long as wide, or as wide as long.
const ASPECT_MAX: u32 = 4;
/// Memory that a decoder may take: all pixels of the largest picture with 16 bits a channel.
const DECODER_BYTES_MAX: usize = 2_000 * 2_000 * 8 + 1024 * 1024;

/// An emblem's pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emblem {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Red, green and blue, 8 bits each, row by row from the top left.
    pub rgb: Vec<u8>,
}

/// Why a picture isn't taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmblemFault {
    /// The file is longer than [`EMBLEM_BYTES_MAX`].
    #[error("the file is too long")]
    TooLong,
    /// It isn't a PNG that can be decoded.
    #[error("not a PNG")]
    NotPng,
    /// Its sides are outside of what is taken, or too different.
    #[error("the picture is too large, too small, or too narrow")]
    Sides,
}

impl Emblem {
    /// Reads a picture that was sent.
    ///
    /// # Errors
    /// See [`EmblemFault`].
    pub fn of_upload(file: &[u8]) -> Result<Self, EmblemFault> {
        if file.len() > EMBLEM_BYTES_MAX {
            return Err(EmblemFault::TooLong);
        }
        let picture = decoded(file, |width, height| {
            let (short, long) = (width.min(height), width.max(height));
            short >= EMBLEM_SIDE_MIN && long <= EMBLEM_SIDE_MAX && long <= short * ASPECT_MAX
        })?;
        picture.shrunk().ok_or(EmblemFault::NotPng)
    }

    /// Reads what [`Self::png`] wrote; `None` for anything else.
    pub fn of_kept(png: &[u8]) -> Option<Self> {
        decoded(png, |width, height| width.max(height) <= KEPT_SIDE_MAX).ok()
    }

    /// As it is kept: a PNG without anything but pixels.
    pub fn png(&self) -> Vec<u8> {
        let mut picture = Vec::new();
        let mut encoder = Encoder::new(&mut picture, self.width, self.height);
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        let mut writer = encoder.write_header().expect("memory takes whatever is written");
        writer.write_image_data(&self.rgb).expect("the rows are as many as were said");
        writer.finish().expect("memory takes whatever is written");
        picture
    }

    /// The pixels as a zlib stream (RFC 1950), the same on every machine.
    pub fn deflated(&self) -> Vec<u8> {
        compress_to_vec_zlib(&self.rgb, 10)
    }

    fn shrunk(self) -> Option<Self> {
        let long = self.width.max(self.height);
        if long <= KEPT_SIDE_MAX {
            return Some(self);
        }
        let side = |pixels: u32| (pixels * KEPT_SIDE_MAX).div_ceil(long);
        let (width, height) = (side(self.width), side(self.height));
        let [from_width, from_height, to_width, to_height] =
            [self.width, self.height, width, height].map(|pixels| usize::try_from(pixels).unwrap_or_default());
        let mut resizer = resize::new(from_width, from_height, to_width, to_height, RGB8, Lanczos3).ok()?;
        let mut small = vec![Rgb::default(); to_width * to_height];
        resizer.resize(self.rgb.as_rgb(), &mut small).ok()?;
        let rgb = small.into_iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
        Some(Self { width, height, rgb })
    }
}

/// The first picture of a PNG on white.
fn decoded(file: &[u8], are_sides_taken: impl Fn(u32, u32) -> bool) -> Result<Emblem, EmblemFault> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(file), Limits { bytes: DECODER_BYTES_MAX });
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|_| EmblemFault::NotPng)?;
    let (width, height) = (reader.info().width, reader.info().height);
    if !are_sides_taken(width, height) {
        return Err(EmblemFault::Sides);
    }
    let mut pixels = vec![0; reader.output_buffer_size().ok_or(EmblemFault::NotPng)?];
    let frame = reader.next_frame(&mut pixels).map_err(|_| EmblemFault::NotPng)?;
    pixels.truncate(frame.buffer_size());
    let on_white = |value: u8, alpha: u8| {
        let (value, alpha) = (u32::from(value), u32::from(alpha));
        u8::try_from((value * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
    };
    let rgb: Vec<u8> = match frame.color_type {
        ColorType::Rgb => pixels,
        ColorType::Grayscale => pixels.iter().flat_map(|&grey| [grey; 3]).collect(),
        ColorType::GrayscaleAlpha => pixels.chunks_exact(2).flat_map(|one| [on_white(one[0], one[1]); 3]).collect(),
        ColorType::Rgba => {
            pixels.chunks_exact(4).flat_map(|one| [0, 1, 2].map(|at| on_white(one[at], one[3]))).collect()
        }
        ColorType::Indexed => return Err(EmblemFault::NotPng),
    };
    Ok(Emblem { width, height, rgb })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A picture of these sides whose lower half can be seen through, as a file.
    pub fn picture(width: u32, height: u32) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, width, height);
        encoder.set_color(ColorType::Rgba);
        encoder.set_depth(BitDepth::Eight);
        encoder.add_text_chunk("Author".into(), "rahasia".into()).unwrap();
        let mut writer = encoder.write_header().unwrap();
        let row = |y: u32| (0..width).flat_map(move |_| [200, 30, 40, if y < height / 2 { 255 } else { 0 }]);
        writer.write_image_data(&(0..height).flat_map(row).collect::<Vec<u8>>()).unwrap();
        writer.finish().unwrap();
        file
    }

    #[test]
    fn a_picture_is_laid_on_white_made_small_and_keeps_nothing_but_pixels() {
        let sent = picture(900, 600);
        let emblem = Emblem::of_upload(&sent).unwrap();
        assert_eq!((emblem.width, emblem.height, emblem.rgb.len()), (240, 160, 240 * 160 * 3));
        let pixel = |x: usize, y: usize| &emblem.rgb[(y * 240 + x) * 3..][..3];
        assert_eq!((pixel(120, 10), pixel(120, 150)), (&[200, 30, 40][..], &[255, 255, 255][..]));
        let kept = emblem.png();
        assert!(!kept.windows(7).any(|window| window == b"rahasia"));
        assert_eq!(Emblem::of_kept(&kept), Some(emblem));
    }

    #[test]
    fn a_small_picture_stays_as_it_is() {
        let emblem = Emblem::of_upload(&picture(100, 50)).unwrap();
        assert_eq!((emblem.width, emblem.height), (100, 50));
    }

    #[test]
    fn what_is_no_usual_picture_is_refused() {
        let cut = &picture(100, 100)[..200];
        for (file, fault) in [
            (&picture(2_001, 600)[..], EmblemFault::Sides),
            (&picture(47, 100), EmblemFault::Sides),
            (&picture(60, 300), EmblemFault::Sides),
            (b"GIF89a", EmblemFault::NotPng),
            (b"", EmblemFault::NotPng),
            (cut, EmblemFault::NotPng),
            (&vec![0; EMBLEM_BYTES_MAX + 1], EmblemFault::TooLong),
        ] {
            assert_eq!(Emblem::of_upload(file), Err(fault));
        }
        assert_eq!(Emblem::of_kept(&picture(300, 300)), None);
    }
}
