//! The host names of an installation: what a request's `Host` header may hold. Ports are ignored, since a proxy or a
//! container may have its own.

use std::net::{IpAddr, SocketAddr};

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

#[derive(Clone, Debug)]
pub struct AllowedHosts {
    /// IPv6 addresses in brackets. The public name comes first, since nearly every request has it.
    names: Vec<Box<[u8]>>,
    /// Set if the program listens on all of the machine's addresses. These may change, so any IP address is allowed. A
    /// request that reaches this machine under another site's name has that name in `Host`, not an address.
    any_address: bool,
}

impl AllowedHosts {
    /// `public` is the public URL's host, with or without a port.
    pub fn new(public: &str, listen: SocketAddr, others: &[String]) -> Self {
        let ip = listen.ip().to_canonical();
        let own = if ip.is_unspecified() { None } else { Some(in_brackets(ip)) };
        let loopback = if ip.is_unspecified() || ip.is_loopback() { &LOOPBACK[..] } else { &[] };
        let names = [public]
            .into_iter()
            .chain(others.iter().map(String::as_str))
            .chain(own.as_deref())
            .chain(loopback.iter().copied())
            .map(|name| name_of(name.as_bytes()).into())
            .collect();
        Self { names, any_address: ip.is_unspecified() }
    }

    /// Whether this `Host` header is allowed.
    pub fn allows(&self, host: &[u8]) -> bool {
        let name = name_of(host);
        self.names.iter().any(|own| own.eq_ignore_ascii_case(name)) || self.any_address && is_address(name)
    }
}

fn in_brackets(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// The host without its port, and without the final dot of a fully qualified name.
fn name_of(host: &[u8]) -> &[u8] {
    let digits = host.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let name = host[..host.len() - digits].strip_suffix(b":").unwrap_or(host);
    name.strip_suffix(b".").unwrap_or(name)
}

fn is_address(name: &[u8]) -> bool {
    let bare = name.strip_prefix(b"[").and_then(|name| name.strip_suffix(b"]"));
    let is = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<IpAddr>().ok();
    match bare {
        Some(bare) => is(bare).is_some_and(|ip| ip.is_ipv6()),
        None => is(name).is_some_and(|ip| ip.is_ipv4()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(listen: &str) -> AllowedHosts {
        AllowedHosts::new("ikrar.example.go.id:8443", listen.parse().unwrap(), &["node-1".into()])
    }

    #[track_caller]
    fn check(hosts: &AllowedHosts, allowed: &[&str], foreign: &[&str]) {
        for host in allowed {
            assert!(hosts.allows(host.as_bytes()), "{host}");
        }
        for host in foreign {
            assert!(!hosts.allows(host.as_bytes()), "{host}");
        }
    }

    #[test]
    fn the_public_name_and_others_are_allowed_whatever_the_port() {
        let allowed =
            ["ikrar.example.go.id", "IKRAR.example.go.id:8443", "ikrar.example.go.id.:80", "node-1:9", "10.1.2.3"];
        let foreign =
            ["", ":", ".", "lain.example", "ikrar.example.go.id.lain.example", "x.ikrar.example.go.id", "10.1.2.4"];
        check(&hosts("10.1.2.3:80"), &allowed, &foreign);
        check(&hosts("10.1.2.3:80"), &[], &["localhost", "127.0.0.1", "[::1]", "ikrar.example.go.id:8443:8443"]);
        check(
            &hosts("10.1.2.3:80"),
            &[],
            &["budi@ikrar.example.go.id", "ikrar.example.go.id/", "ikrar.example.go.id,node-1"],
        );
    }

    #[test]
    fn a_loopback_listener_is_reached_by_each_of_its_names() {
        for listen in ["127.0.0.1:8080", "[::1]:8080"] {
            check(&hosts(listen), &["localhost:1", "127.0.0.1", "[::1]:8080"], &["10.1.2.3", "::1", "127.0.0.2"]);
        }
        check(&hosts("127.0.0.2:80"), &["127.0.0.2", "localhost"], &["127.0.0.3"]);
        check(&hosts("[2001:db8::5]:80"), &["[2001:db8::5]", "[2001:DB8::5]:80"], &["2001:db8::5", "localhost"]);
    }

    #[test]
    fn who_listens_everywhere_is_reached_by_any_address_and_by_no_other_name() {
        for listen in ["0.0.0.0:8080", "[::]:8080"] {
            let allowed = ["192.168.1.7:8080", "[fe80::1]:8080", "10.0.0.1", "localhost", "node-1"];
            check(
                &hosts(listen),
                &allowed,
                &["lain.example", "10.0.0.1.lain.example", "[10.0.0.1]", "fe80::1", "[lain]"],
            );
        }
    }
}
