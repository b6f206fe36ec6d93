//! The institutions of South Sumatra and the number of people in each.
//!
//! Codes are those of the Ministry of Home Affairs. The sizes of the province, Palembang and Musi Banyuasin approximate
//! known figures. The others are invented so that all of them sum to 180,751, the size of the event.

use crate::domain::institution::Institution;
use rand::RngExt;
use rand::rngs::StdRng;

/// Code, name, people out of 180,751, and the name of the place as a location.
pub const PLACES: &[(&str, &str, usize, &str)] = &[
    ("16", "Pemerintah Provinsi Sumatera Selatan", 30_600, "Kota Palembang"),
    ("16.01", "Pemerintah Kabupaten Ogan Komering Ulu", 8_100, "Kab. Ogan Komering Ulu"),
    ("16.02", "Pemerintah Kabupaten Ogan Komering Ilir", 12_600, "Kab. Ogan Komering Ilir"),
    ("16.03", "Pemerintah Kabupaten Muara Enim", 10_772, "Kab. Muara Enim"),
    ("16.04", "Pemerintah Kabupaten Lahat", 8_700, "Kab. Lahat"),
    ("16.05", "Pemerintah Kabupaten Musi Rawas", 8_300, "Kab. Musi Rawas"),
    ("16.06", "Pemerintah Kabupaten Musi Banyuasin", 6_200, "Kab. Musi Banyuasin"),
    ("16.07", "Pemerintah Kabupaten Banyuasin", 13_200, "Kab. Banyuasin"),
    ("16.08", "Pemerintah Kabupaten Ogan Komering Ulu Timur", 11_300, "Kab. Ogan Komering Ulu Timur"),
    ("16.09", "Pemerintah Kabupaten Ogan Komering Ulu Selatan", 7_300, "Kab. Ogan Komering Ulu Selatan"),
    ("16.10", "Pemerintah Kabupaten Ogan Ilir", 8_379, "Kab. Ogan Ilir"),
    ("16.11", "Pemerintah Kabupaten Empat Lawang", 6_100, "Kab. Empat Lawang"),
    ("16.12", "Pemerintah Kabupaten Penukal Abab Lematang Ilir", 5_600, "Kab. Penukal Abab Lematang Ilir"),
    ("16.13", "Pemerintah Kabupaten Musi Rawas Utara", 5_900, "Kab. Musi Rawas Utara"),
    ("16.71", "Pemerintah Kota Palembang", 19_000, "Kota Palembang"),
    ("16.72", "Pemerintah Kota Pagar Alam", 5_200, "Kota Pagar Alam"),
    ("16.73", "Pemerintah Kota Lubuk Linggau", 7_100, "Kota Lubuk Linggau"),
    ("16.74", "Pemerintah Kota Prabumulih", 6_400, "Kota Prabumulih"),
];

/// The institutions in their official order.
pub fn institutions() -> Vec<Institution> {
    (0u32..)
        .zip(PLACES)
        .map(|(position, (code, name, _, _))| Institution {
            code: (*code).into(),
            name: (*name).into(),
            position,
            help_contact: String::new(),
        })
        .collect()
}

/// Sizes in the proportions of [`PLACES`] that sum to `count`. The first institutions take the remainder left by
/// rounding.
pub fn sizes(count: usize) -> Vec<usize> {
    let whole: usize = PLACES.iter().map(|place| place.2).sum();
    let mut sizes: Vec<usize> = PLACES.iter().map(|place| place.2 * count / whole).collect();
    let left = count - sizes.iter().sum::<usize>();
    // The remainder is smaller than the number of places.
    sizes.iter_mut().take(left).for_each(|size| *size += 1);
    sizes
}

/// The place of work. Secondary schools belong to the province but stand in every regency.
pub fn location(rng: &mut StdRng, institution: usize, unit: &str) -> &'static str {
    let at = if institution == 0 && unit.starts_with("SM") { rng.random_range(1..PLACES.len()) } else { institution };
    PLACES[at].3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_sum_to_what_is_asked_for() {
        for count in [0, 1, 18, 1_000, 180_751, 2_000_000] {
            assert_eq!(sizes(count).iter().sum::<usize>(), count);
        }
        assert_eq!(sizes(180_751)[14], 19_000);
    }
}
