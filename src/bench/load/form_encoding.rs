//! Form encoding (WHATWG URL, section 5.2), which escapes more than required.

/// One value.
pub fn encoded(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            written.push(char::from(byte));
        } else {
            written.push_str(&format!("%{byte:02X}"));
        }
    }
    written
}

/// The fields of a form, in this order.
pub fn form(fields: &[(&str, &str)]) -> String {
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    fields.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_pairs_whose_values_are_escaped() {
        assert_eq!(form(&[("name", "Dr. A, S.E."), ("unit", "")]), "name=Dr.%20A%2C%20S.E.&unit=");
    }
}
