//! Access codes: 50 bits as ten Crockford characters, shown `ABCDE-FGHJK`.
//!
//! A code is derived from the campaign's secret (see `keyring::CampaignSecret`), so there is no table to leak.

use super::characters::{only_formats, turns_direction};
use super::disclosure::Disclosure;
use super::ids::{CROCKFORD, crockford_value};
use std::fmt;

/// Ten five-bit values.
#[derive(Clone, Copy)]
pub struct AccessCode([u8; 10]);

impl AccessCode {
    /// From the first 50 bits of a MAC.
    pub fn from_mac(mac: &[u8; 32]) -> Self {
        let mut wide = [0u8; 8];
        wide[..7].copy_from_slice(&mac[..7]);
        let bits = u64::from_be_bytes(wide) >> 14;
        let mut values = [0u8; 10];
        for (place, value) in values.iter_mut().enumerate() {
            *value = u8::try_from((bits >> (5 * (9 - place))) & 31).expect("five bits fit a byte");
        }
        Self(values)
    }

    /// Reads what a person typed: ignores case, spaces and hyphens; O is 0, I and L are 1.
    pub fn parse(typed: &str) -> Option<Self> {
        let values: Vec<u8> = typed
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}'))
            .filter(|c| !only_formats(*c) && !turns_direction(*c))
            .map(crockford_value)
            .collect::<Option<_>>()?;
        Some(Self(values.try_into().ok()?))
    }

    /// The values, for a comparison in constant time.
    pub fn as_bytes(&self) -> &[u8; 10] {
        &self.0
    }

    /// The code as people read it. Nothing else turns a code into text.
    pub fn shown(&self, _: &Disclosure) -> String {
        let mut shown = String::with_capacity(11);
        for (place, &value) in self.0.iter().enumerate() {
            if place == 5 {
                shown.push('-');
            }
            shown.push(char::from(CROCKFORD[usize::from(value)]));
        }
        shown
    }
}

/// Hidden: a code in a log would let its reader sign for that person.
impl fmt::Debug for AccessCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_however_it_was_typed() {
        let code = AccessCode::from_mac(&[0b0000_1000; 32]);
        let shown = code.shown(&Disclosure::to_the_operator());
        assert_eq!(shown.len(), 11);
        let sloppy = shown.to_lowercase().replace('1', "l").replace('0', "o").replace('-', " ");
        assert_eq!(AccessCode::parse(&sloppy).unwrap().as_bytes(), code.as_bytes());
    }

    #[test]
    fn a_code_of_another_length_is_none() {
        assert!(AccessCode::parse("ABCDE-FGHJ").is_none());
        assert!(AccessCode::parse("ABCDE-FGHJKM").is_none());
        assert!(AccessCode::parse("ABCDE-FGHJU").is_none());
    }
}
