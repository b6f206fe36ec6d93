//! Pagination of long tables: the rows of one page, and the links to the previous and next pages.

use super::query::{QueryName, QueryParams};
use crate::i18n::Localizer;

/// The links of a paginated table.
pub struct Pagination {
    /// "Halaman 2 dari 68"; empty when one page holds everything.
    pub words: String,
    pub newer: Option<String>,
    pub older: Option<String>,
}

impl Pagination {
    /// Cuts `rows` down to the page that the query's `page` names, from 1 on; one beyond the last is the last. `path`
    /// is the page's own address with whatever else it needs, ending in `?` or `&`.
    pub fn cut<T>(w: Localizer, rows: Vec<T>, per_page: usize, query: &QueryParams, path: &str) -> (Vec<T>, Self) {
        let pages = rows.len().div_ceil(per_page).max(1);
        let asked = query.get(QueryName::Page).and_then(|page| page.parse::<usize>().ok());
        let here = asked.unwrap_or(1).clamp(1, pages);
        let link = |page: usize| format!("{path}page={page}");
        let words = match pages {
            1 => String::new(),
            _ => w.with("console-page", &[("page", &w.number(here)), ("pages", &w.number(pages))]),
        };
        let pagination =
            Self { words, newer: (here > 1).then(|| link(here - 1)), older: (here < pages).then(|| link(here + 1)) };
        (rows.into_iter().skip((here - 1) * per_page).take(per_page).collect(), pagination)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(rows: usize, page: &str) -> (Vec<usize>, Pagination) {
        let query = QueryParams::of(QueryName::Page, page);
        Pagination::cut(Localizer::default(), (0..rows).collect(), 50, &query, "/p?")
    }

    #[test]
    fn every_row_is_on_one_page_and_no_page_is_beyond_the_last() {
        let (rows, pagination) = cut(120, "2");
        assert_eq!((rows.first(), rows.len()), (Some(&50), 50));
        assert_eq!((pagination.newer.as_deref(), pagination.older.as_deref()), (Some("/p?page=1"), Some("/p?page=3")));
        assert_eq!(cut(120, "99").0, (100..120).collect::<Vec<_>>());
        assert_eq!(cut(120, "0").0.len(), 50);
        assert_eq!(cut(120, "x").0[0], 0);
        let (rows, pagination) = cut(50, "1");
        assert!(rows.len() == 50 && pagination.words.is_empty() && pagination.older.is_none());
        assert!(cut(0, "1").0.is_empty());
    }
}
