//! Reads the pages and fills in the forms, as a person in a browser does.

use crate::bench::load::form_encoding::encoded;
use crate::domain::ids::PledgeId;
use anyhow::Context;

/// The second form, with every clause ticked.
pub fn agreed(page: &[u8]) -> anyhow::Result<String> {
    let page = std::str::from_utf8(page)?;
    let hash = value_of(page, "text_hash").context("the page shows no text")?;
    let mark = value_of(page, "mark").context("the page shows no mark")?;
    let mut form = format!("step=pledge&text_hash={}&mark={}", encoded(hash), encoded(mark));
    for clause in values_of(page, "butir") {
        form.push_str("&butir=");
        form.push_str(&encoded(clause));
    }
    Ok(form)
}

/// The pledge id in the certificate link of the receipt page.
pub fn pledge(page: &[u8]) -> anyhow::Result<PledgeId> {
    let page = std::str::from_utf8(page)?;
    let link = page.split(r#"href="/c/"#).nth(1).and_then(|rest| rest.split(".pdf").next());
    link.and_then(PledgeId::parse).context("the page shows no receipt")
}

/// The first form, to sign in.
pub fn credentials(identifier: &str, access_code: &str) -> String {
    format!("step=enter&identifier={}&access_code={}", encoded(identifier), encoded(access_code))
}

fn value_of<'p>(page: &'p str, name: &str) -> Option<&'p str> {
    values_of(page, name).next()
}

/// The values of all fields of this name.
fn values_of<'p>(page: &'p str, name: &str) -> impl Iterator<Item = &'p str> {
    let field = format!(r#"name="{name}" value=""#);
    let mut rest = page;
    std::iter::from_fn(move || {
        rest = &rest[rest.find(&field)? + field.len()..];
        rest.split('"').next()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_page_is_filled_in() {
        let page = br#"<input type="hidden" name="text_hash" value="aB-_1"><input name="mark" value="m">
            <input type="checkbox" name="butir" value="1"><input type="checkbox" name="butir" value="2 b" checked>"#;
        assert_eq!(agreed(page).unwrap(), "step=pledge&text_hash=aB-_1&mark=m&butir=1&butir=2%20b");
        assert!(agreed(b"<p>paused</p>").is_err());
        assert_eq!(credentials("A/1", "B C"), "step=enter&identifier=A%2F1&access_code=B%20C");
    }

    #[test]
    fn a_receipt_leads_to_its_certificate() {
        let id = "AAAAAAAAAAAAAAAAAAAAAA";
        let page = format!(r#"<a class="button" href="/c/{id}.pdf" download>"#);
        assert_eq!(pledge(page.as_bytes()).unwrap().to_string(), id);
        assert!(pledge(b"<p>not signed</p>").is_err());
    }
}
