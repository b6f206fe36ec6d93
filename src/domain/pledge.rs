//! A pledge (*ikrar*): what one person agreed to, and the receipt for it.

use super::ids::{CampaignId, ParticipantId, PledgeId};
use super::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// Coordinates of a drawn signature run from 0 to this, in both directions.
pub const STROKE_COORDINATE_MAX: u16 = 1000;
/// A drawn signature packs into at most this many bytes.
pub const STROKES_BYTES_MAX: usize = 2048;

/// How the person signed, as the organizer's page recorded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// On the person's own device.
    OwnDevice,
    /// On a device that several people sign on.
    SharedDevice,
    /// With the help of an operator.
    Assisted,
}

impl Method {
    /// The byte inside a credential: 1 own device, 2 shared device, 3 assisted.
    pub fn code(self) -> u8 {
        match self {
            Self::OwnDevice => 1,
            Self::SharedDevice => 2,
            Self::Assisted => 3,
        }
    }

    /// Reads what [`Self::code`] writes.
    pub fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::OwnDevice),
            2 => Some(Self::SharedDevice),
            3 => Some(Self::Assisted),
            _ => None,
        }
    }
}

/// A drawn signature: strokes of points, each coordinate 0-1000, origin top left. Both axes have the same unit, a
/// thousandth of the drawing field's width, so that the shape doesn't depend on the field's proportions.
///
/// Packed as, per stroke, the number of points u16, then per point x u16 and y u16, big-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strokes(Vec<Vec<[u16; 2]>>);

/// A drawing is refused when it is empty, has a coordinate out of range, or packs into more than 2 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the drawn signature is empty, out of range, or too long")]
pub struct StrokesFault;

impl Strokes {
    /// Checks the limits. Returns [`StrokesFault`] if one is exceeded or nothing was drawn.
    pub fn new(strokes: Vec<Vec<[u16; 2]>>) -> Result<Self, StrokesFault> {
        let points: usize = strokes.iter().map(Vec::len).sum();
        let bytes = strokes.len() * 2 + points * 4;
        let inside = strokes.iter().flatten().flatten().all(|&coordinate| coordinate <= STROKE_COORDINATE_MAX);
        if points == 0 || !inside || bytes > STROKES_BYTES_MAX {
            return Err(StrokesFault);
        }
        Ok(Self(strokes))
    }

    /// The points of each stroke, in drawing order.
    pub fn as_slices(&self) -> &[Vec<[u16; 2]>] {
        &self.0
    }

    /// The packed bytes, at most [`STROKES_BYTES_MAX`].
    pub fn pack(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for stroke in &self.0 {
            let points = u16::try_from(stroke.len()).expect("2 KiB hold fewer than 65,536 points");
            bytes.extend_from_slice(&points.to_be_bytes());
            for coordinate in stroke.iter().flatten() {
                bytes.extend_from_slice(&coordinate.to_be_bytes());
            }
        }
        bytes
    }

    /// Reads what [`Self::pack`] writes; refuses trailing or missing bytes.
    pub fn unpack(mut bytes: &[u8]) -> Result<Self, StrokesFault> {
        let mut take = || -> Option<u16> {
            let (head, rest) = bytes.split_first_chunk::<2>()?;
            bytes = rest;
            Some(u16::from_be_bytes(*head))
        };
        let mut strokes = Vec::new();
        while let Some(points) = take() {
            let stroke = (0..points).map(|_| Some([take()?, take()?])).collect::<Option<Vec<_>>>();
            strokes.push(stroke.ok_or(StrokesFault)?);
        }
        Self::new(strokes)
    }
}

/// A committed pledge, with everything that a receipt, a certificate or a repeated request needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pledge {
    /// The campaign it was signed in.
    pub campaign: CampaignId,
    /// Who signed.
    pub participant: ParticipantId,
    /// The public id, on receipt and certificate.
    pub id: PledgeId,
    /// Index in the campaign's pledge log, from 0.
    pub log_index: u64,
    /// Size of the first checkpoint that holds it.
    pub signed_count: u64,
    /// The admission time (`iat`).
    pub signed_at: UnixMillis,
    /// The COSE_Sign1 bytes.
    pub credential: Vec<u8>,
    /// SHA-256 of the canonical text agreed to.
    pub text_hash: [u8; 32],
    /// How the person signed.
    pub method: Method,
    /// The drawn signature, where the campaign asks for one.
    pub strokes: Option<Strokes>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn strokes_unpack_to_what_was_packed(
            strokes in prop::collection::vec(prop::collection::vec([0u16..=1000, 0u16..=1000], 1..20), 1..10)
        ) {
            let strokes = Strokes::new(strokes).unwrap();
            prop_assert_eq!(Strokes::unpack(&strokes.pack()), Ok(strokes));
        }

        #[test]
        fn any_bytes_unpack_or_are_refused(bytes: Vec<u8>) {
            if let Ok(strokes) = Strokes::unpack(&bytes) {
                prop_assert_eq!(strokes.pack(), bytes);
            }
        }
    }

    #[test]
    fn strokes_out_of_bounds_are_refused() {
        assert!(Strokes::new(vec![]).is_err());
        assert!(Strokes::new(vec![vec![[1001, 0]]]).is_err());
        assert!(Strokes::new(vec![vec![[0, 0]; 600]]).is_err());
    }
}
