//! The client's address: the connection's peer or, behind trusted proxies, the address they forward.
//!
//! An address only throttles. It is never stored and never logged, so it has no `Debug`.

use super::AppState;
use crate::config::IpNetwork;
use crate::server::PeerAddr;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName};
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Proxies in a row that are looked at, from the nearest on. Nobody has more.
const HOPS_MAX: usize = 16;

/// The client, as far as the trusted proxies know.
#[derive(Clone, Copy)]
pub struct Caller(pub IpAddr);

impl FromRequestParts<AppState> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        // Only a request that came over no connection is without a peer.
        let peer = parts.extensions.get::<PeerAddr>().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.0);
        Ok(Self(client_address(peer, &parts.headers, &state.config.trusted_proxies)))
    }
}

/// Whether the connection itself comes from a trusted proxy.
pub fn is_from_trusted(state: &AppState, extensions: &Extensions) -> bool {
    let peer = extensions.get::<PeerAddr>();
    peer.is_some_and(|peer| state.config.trusted_proxies.iter().any(|network| network.contains(peer.0)))
}

/// From the nearest hop to the farthest: the first address that isn't a trusted proxy's. Each proxy adds whom it heard,
/// so what stands left of that address is only a claim.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNetwork]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let lines = headers.get_all(FORWARDED_FOR).into_iter().collect::<Vec<_>>();
    let mut hops = lines
        .iter()
        .rev()
        .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','))
        .map(|hop| parsed(std::str::from_utf8(hop).ok()?.trim()))
        .take(HOPS_MAX);
    let mut nearest = peer;
    while is_trusted(nearest) {
        match hops.next() {
            Some(Some(hop)) => nearest = hop,
            // Nobody further, or something that isn't an address: the trusted proxy answers for it.
            Some(None) | None => break,
        }
    }
    nearest
}

/// Some proxies write the port, too.
fn parsed(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))?;
    Some(IpAddr::to_canonical(&address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn caller(peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
        }
        let trusted = ["10.0.0.0/8", "::1"].map(|network| network.parse().unwrap());
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn a_stranger_is_who_connects_whatever_they_claim() {
        assert_eq!(caller("203.0.113.5", &["198.51.100.1"]), "203.0.113.5");
    }

    #[test]
    fn behind_trusted_proxies_the_rightmost_stranger_asks() {
        assert_eq!(caller("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(caller("10.0.0.1", &["192.0.2.66, 198.51.100.1, 10.2.3.4"]), "198.51.100.1");
        assert_eq!(caller("::1", &["192.0.2.66", "198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(caller("10.0.0.1", &["[2001:db8::5]:80"]), "2001:db8::5");
        assert_eq!(caller("10.0.0.1", &["[2001:db8::5]"]), "2001:db8::5");
        assert_eq!(caller("10.0.0.1", &["::ffff:198.51.100.1"]), "198.51.100.1");
    }

    /// A proxy passes on what it was sent, and adds the address that it heard: no byte in front may hide it.
    #[test]
    fn a_claim_that_is_no_text_hides_nobody() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        headers.append(FORWARDED_FOR, HeaderValue::from_bytes(b"\xFF\xE9, 203.0.113.9").unwrap());
        assert_eq!(client_address([10, 0, 0, 1].into(), &headers, &trusted).to_string(), "203.0.113.9");
    }

    #[test]
    fn what_isn_t_an_address_is_the_proxy_s_own() {
        assert_eq!(caller("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(caller("10.0.0.1", &["198.51.100.1, unknown"]), "10.0.0.1");
        assert_eq!(caller("10.0.0.1", &["198.51.100.1, unknown, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(caller("10.0.0.1", &[&"10.0.0.2, ".repeat(1_000)]), "10.0.0.1");
        assert_eq!(caller("10.0.0.1", &[&["10.0.0.2"; 1_000].join(",")]), "10.0.0.2");
    }
}
