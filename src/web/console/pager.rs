//! Long tables in pages: which rows are shown, and the links before and after them.

use crate::i18n::Words;

/// Where a long table is turned to.
pub struct Pager {
    /// "Halaman 2 dari 68"; empty when one page holds everything.
    pub words: String,
    pub newer: Option<String>,
    pub older: Option<String>,
}

impl Pager {
    /// Cuts `rows` down to the page that the query's `page` names, from 1 on; one beyond the last is the last. `path` is the
    /// page's own address with whatever else it needs, ending in `?` or `&`.
    pub fn cut<T>(w: Words, rows: Vec<T>, per_page: usize, query: &[(String, String)], path: &str) -> (Vec<T>, Self) {
        let pages = rows.len().div_ceil(per_page).max(1);
        let asked = query.iter().find(|(key, _)| key == "page").and_then(|(_, page)| page.parse::<usize>().ok());
        let here = asked.unwrap_or(1).clamp(1, pages);
        let link = |page: usize| format!("{path}page={page}");
        let words = match pages {
            1 => String::new(),
            _ => w.with("console-page", &[("page", &w.number(here)), ("pages", &w.number(pages))]),
        };
        let pager =
            Self { words, newer: (here > 1).then(|| link(here - 1)), older: (here < pages).then(|| link(here + 1)) };
        (rows.into_iter().skip((here - 1) * per_page).take(per_page).collect(), pager)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(rows: usize, page: &str) -> (Vec<usize>, Pager) {
        let query = [("page".to_string(), page.to_string())];
        Pager::cut(Words::default(), (0..rows).collect(), 50, &query, "/p?")
    }

    #[test]
    fn every_row_is_on_one_page_and_no_page_is_beyond_the_last() {
        let (rows, pager) = cut(120, "2");
        assert_eq!((rows.first(), rows.len()), (Some(&50), 50));
        assert_eq!((pager.newer.as_deref(), pager.older.as_deref()), (Some("/p?page=1"), Some("/p?page=3")));
        assert_eq!(cut(120, "99").0, (100..120).collect::<Vec<_>>());
        assert_eq!(cut(120, "0").0.len(), 50);
        assert_eq!(cut(120, "x").0[0], 0);
        let (rows, pager) = cut(50, "1");
        assert!(rows.len() == 50 && pager.words.is_empty() && pager.older.is_none());
        assert!(cut(0, "1").0.is_empty());
    }
}
