//! Identifiers, ranks and kinds of employment.

use crate::domain::employment::EmploymentKind;
use crate::domain::identifier::Identifier;
use rand::RngExt;
use rand::rngs::StdRng;
use std::collections::HashSet;

/// A kind of employment, which decides the kind of number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Employment {
    Pns,
    Pppk,
    /// Contract staff with a participant number of their institution.
    Contract,
    /// Staff without a number.
    Unnumbered,
}

impl Employment {
    pub fn draw(rng: &mut StdRng) -> Self {
        match rng.random_range(0..100u32) {
            0..62 => Self::Pns,
            62..88 => Self::Pppk,
            88..94 => Self::Contract,
            _ => Self::Unnumbered,
        }
    }

    /// The kind that a roster says.
    pub fn kind(self) -> EmploymentKind {
        match self {
            Self::Pns => EmploymentKind::Pns,
            Self::Pppk => EmploymentKind::Pppk,
            Self::Contract | Self::Unnumbered => EmploymentKind::NonAsn,
        }
    }
}

/// Draws identifiers without repetition.
#[derive(Default)]
pub struct IdentifierGenerator {
    drawn: HashSet<u64>,
    contracts: u32,
}

impl IdentifierGenerator {
    pub fn draw(&mut self, rng: &mut StdRng, standing: Employment, woman: bool, issuer: &str) -> Option<Identifier> {
        match standing {
            Employment::Unnumbered => None,
            Employment::Contract => {
                self.contracts += 1;
                Identifier::number(issuer, &format!("THL{:05}", self.contracts)).ok()
            }
            Employment::Pns | Employment::Pppk => Some(self.national(rng, standing == Employment::Pns, woman)),
        }
    }

    fn national(&mut self, rng: &mut StdRng, pns: bool, woman: bool) -> Identifier {
        loop {
            let birth: u64 = if pns { rng.random_range(1966..=2002) } else { rng.random_range(1970..=2003) };
            let day = rng.random_range(1..=12u64) * 100 + rng.random_range(1..=28u64);
            let middle = if pns {
                let earliest = (birth + 19).max(1986);
                rng.random_range(earliest..=2025) * 100 + rng.random_range(1..=12u64)
            } else {
                rng.random_range(2021..=2025u64) * 100 + 21
            };
            let sex = if woman { 2 } else { 1 };
            let head = ((birth * 10_000 + day) * 1_000_000 + middle) * 10 + sex;
            let number = head * 1_000 + rng.random_range(1..=40u64);
            if self.drawn.insert(number) {
                let digits = number.to_string();
                return if pns { Identifier::Nip(digits) } else { Identifier::NiPppk(digits) };
            }
        }
    }
}

const PNS_RANKS: &[&str] = &[
    "Pengatur (II/c)",
    "Pengatur Tingkat I (II/d)",
    "Penata Muda (III/a)",
    "Penata Muda Tingkat I (III/b)",
    "Penata (III/c)",
    "Penata Tingkat I (III/d)",
    "Pembina (IV/a)",
    "Pembina Tingkat I (IV/b)",
    "Pembina Utama Muda (IV/c)",
];
const PPPK_RANKS: &[&str] = &["V", "VII", "IX", "X", "XI"];

pub fn rank(rng: &mut StdRng, standing: Employment) -> &'static str {
    match standing {
        // The lower of two draws, so that high ranks are rare.
        Employment::Pns => {
            let (one, other) = (rng.random_range(0..PNS_RANKS.len()), rng.random_range(0..PNS_RANKS.len()));
            PNS_RANKS[one.min(other)]
        }
        Employment::Pppk => PPPK_RANKS[rng.random_range(0..PPPK_RANKS.len())],
        Employment::Contract | Employment::Unnumbered => "",
    }
}
