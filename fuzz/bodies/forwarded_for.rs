//! The client address from `X-Forwarded-For`.

use super::FuzzBody;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ikrar::config::IpNetwork;
use ikrar::web::caller::client_address;
use std::net::IpAddr;

pub const FORWARDED_FOR: FuzzBody = FuzzBody {
    name: "forwarded_for",
    input_bytes_max: 1_024,
    run,
    seeds,
    dictionary: &[
        "10.0.0.2",
        "10.0.0.3:80",
        "fd00::1",
        "[fd00::1]",
        "[fd00::2]:80",
        "203.0.113.9",
        "2001:db8::1",
        "::ffff:10.0.0.2",
        "::ffff:203.0.113.9",
        "unknown",
        ", ",
        ",",
        "\n",
        "[",
        "]",
        "%1",
        "\t",
    ],
};

const HEADER: HeaderName = HeaderName::from_static("x-forwarded-for");
const PEERS: [&str; 4] = ["10.0.0.1", "fd00::1", "203.0.113.5", "2001:db8::5"];
/// What a client claims, in front of what its proxies add.
const CLAIMS: [&[u8]; 6] = [b"198.51.100.7", b"10.0.0.9", b"fd00::9", b"unknown", b"", b"\xFF\xFE"];

fn headers(lines: &[Vec<u8>]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(HEADER, HeaderValue::from_bytes(line).ok()?);
    }
    Some(headers)
}

/// The first byte chooses the peer; each line is a header.
fn run(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let lines: Vec<Vec<u8>> = rest.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let trusted: [IpNetwork; 2] = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let peer: IpAddr = PEERS[usize::from(first % 4)].parse().unwrap();
    let Some(asked) = headers(&lines) else { return };
    let client = client_address(peer, &asked, &trusted);
    if !is_trusted(peer) {
        assert_eq!(client, peer, "a stranger speaks for itself only");
    }
    assert_eq!(client, client.to_canonical());
    if client != peer {
        let written = |line: &Vec<u8>| String::from_utf8_lossy(line).contains(&['.', ':'][..]);
        assert!(lines.iter().any(written), "an address that nobody wrote");
    }
    // A client's claim is in front of its address and changes nothing.
    if !is_trusted(client) {
        for claim in CLAIMS {
            let mut same_line = lines.clone();
            same_line[0] = [claim, b", ", &lines[0]].concat();
            let own_line = [&[claim.to_vec()], lines.as_slice()].concat();
            for claimed in [same_line, own_line] {
                let claiming = client_address(peer, &headers(&claimed).unwrap(), &trusted);
                assert_eq!(claiming, client, "claimed: {}", claim.escape_ascii());
            }
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    [
        "\u{0}203.0.113.9",
        "\u{0}198.51.100.1, 203.0.113.9, 10.0.0.2",
        "\u{1}2001:db8::1\nfd00::2, [fd00::3]:80",
        "\u{2}203.0.113.9",
        "\u{0}unknown, ::ffff:203.0.113.9:4711,[2001:db8::1]",
        "\u{0}10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6, 10.0.0.7, 10.0.0.8, 10.0.0.9, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6, 10.0.0.7, 10.0.0.8, 10.0.0.9, 10.0.0.2",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}
