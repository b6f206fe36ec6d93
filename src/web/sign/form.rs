//! What a signer's page posts: ticked clauses and a drawing.

use crate::domain::pledge::{Strokes, StrokesFault};
use crate::domain::text::CLAUSES_MAX;
use crate::web::form::FormFields;

impl FormFields {
    /// The clauses that were ticked.
    pub fn kept(&self) -> KeptTicks {
        let ticked = self.pairs().iter().filter(|(key, _)| key == "butir").map(|(_, value)| value.clone());
        KeptTicks { agreed: ticked.take(CLAUSES_MAX).collect(), missing: None }
    }

    /// The drawing, as JSON `[[[x,y]…]…]`; `None` when nothing was drawn.
    pub fn strokes(&self) -> Result<Option<Strokes>, StrokesFault> {
        let drawn = self.trimmed("strokes");
        if drawn.is_empty() || drawn == "[]" {
            return Ok(None);
        }
        let strokes: Vec<Vec<[u16; 2]>> = serde_json::from_str(drawn).map_err(|_| StrokesFault)?;
        Strokes::new(strokes).map(Some)
    }
}

/// Ticks that the page shows again after an interruption, such as an expired session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptTicks {
    /// Ids of the clauses ticked.
    pub agreed: Vec<String>,
    /// Id of the clause that wasn't ticked.
    pub missing: Option<String>,
}

impl KeptTicks {
    /// From the address of a page: `?butir=1,2&kurang=3`. Clause ids name no person.
    pub fn from_query(query: &[(String, String)]) -> Self {
        let value = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let agreed = value("butir").unwrap_or_default();
        let agreed = agreed.split(',').filter(|id| !id.is_empty()).take(CLAUSES_MAX).map(str::to_string);
        Self { agreed: agreed.collect(), missing: value("kurang").map(str::to_string) }
    }

    /// The query that [`Self::from_query`] reads, with its question mark; empty when there is nothing to keep.
    pub fn query(&self) -> String {
        let mut parts = vec![];
        if !self.agreed.is_empty() {
            parts.push(format!("butir={}", self.agreed.iter().map(|id| plain(id)).collect::<Vec<_>>().join(",")));
        }
        if let Some(missing) = &self.missing {
            parts.push(format!("kurang={}", plain(missing)));
        }
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }

    pub fn has(&self, id: &str) -> bool {
        self.agreed.iter().any(|agreed| agreed == id)
    }
}

/// A clause id reduced to characters that are safe in an address and its fragment.
pub fn plain(id: &str) -> String {
    id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::form;

    #[test]
    fn ticks_survive_a_round_trip_through_the_address() {
        let kept = KeptTicks { agreed: vec!["1".into(), "4".into()], missing: Some("2".into()) };
        assert_eq!(kept.query(), "?butir=1,4&kurang=2");
        let query = [("butir".to_string(), "1,4".to_string()), ("kurang".to_string(), "2".to_string())];
        assert_eq!(KeptTicks::from_query(&query), kept);
        assert_eq!(KeptTicks::default().query(), "");
    }

    #[test]
    fn a_drawing_is_read_within_its_limits() {
        let fields = |drawn: &str| form::tests::fields(&[("strokes", drawn)]);
        assert!(fields("[[[0,0],[1000,1000]]]").strokes().unwrap().is_some());
        assert!(fields("").strokes().unwrap().is_none());
        assert!(fields("[]").strokes().unwrap().is_none());
        for bad in ["[[[0,1001]]]", "[[[-1,0]]]", "[[[0.5,0]]]", "x", "[[]]", "[[[1,2,3]]]"] {
            assert!(fields(bad).strokes().is_err(), "{bad}");
        }
    }
}
