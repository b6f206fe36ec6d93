//! Who asks for a permit, and which share keys that gives. Each key may hold a share of all permits.
//!
//! An office shares one address, so an address alone says little about a person. A login alone would let strangers use
//! up its owner's share. So a requester that isn't signed in counts under its network, under its login, and, with a
//! smaller share, under both together. A flood for one login then leaves half of the office's share to the colleagues
//! at that address, and half of the login's share to its owner elsewhere. A signed-in requester counts under its
//! account alone.

use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// Who asks for a permit.
#[derive(Clone, Copy)]
pub enum Requester<'a> {
    /// An unauthenticated client at this address.
    Address(IpAddr),
    /// An unauthenticated client at this address that claims a login.
    Claimed { address: IpAddr, login: &'a str },
    /// The login of a signed-in account.
    Account(&'a str),
}

/// Bytes of an IPv6 address that name an end site: a /48, the largest that is assigned to one (RFC 6177).
const SITE_BYTES: usize = 6;
/// Bytes of an IPv6 address that name one network, a /64.
const NETWORK_BYTES: usize = 8;
const HALF: usize = 2;
const QUARTER: usize = 4;
const SHARE_KEYS_MAX: usize = 4;

/// What a requester is counted under: a keyed hash, and the part of all permits that it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareKey {
    hash: [u8; 16],
    divisor: usize,
}

/// The share keys of one requester, the widest first. The first decides the order of turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareKeys([Option<ShareKey>; SHARE_KEYS_MAX]);

impl ShareKey {
    pub fn hash(self) -> [u8; 16] {
        self.hash
    }

    /// How many of `total` this key may hold: at least one.
    pub fn share_of(self, total: usize) -> usize {
        (total / self.divisor).max(1)
    }
}

impl ShareKeys {
    pub const COUNT: usize = SHARE_KEYS_MAX;

    pub fn of(requester: Requester<'_>, key: &[u8; 32]) -> Self {
        let share = |divisor: usize, parts: &[&[u8]]| Some(ShareKey { hash: keyed_hash(key, parts), divisor });
        Self(match requester {
            Requester::Account(login) => [share(HALF, &[b"account", login.as_bytes()]), None, None, None],
            Requester::Address(address) => {
                let (site, network) = site_and_network(address);
                [share(HALF, &[b"site", &site]), network.and_then(|net| share(QUARTER, &[b"net", &net])), None, None]
            }
            Requester::Claimed { address, login } => {
                let (site, network) = site_and_network(address);
                let login = login.as_bytes();
                [
                    share(HALF, &[b"site", &site]),
                    share(QUARTER, &[b"both", network.as_ref().unwrap_or(&site), login]),
                    network.and_then(|net| share(QUARTER, &[b"net", &net])),
                    share(HALF, &[b"login", login]),
                ]
            }
        })
    }

    pub fn iter(&self) -> impl Iterator<Item = ShareKey> {
        self.0.into_iter().flatten()
    }

    pub fn get(&self, index: usize) -> Option<ShareKey> {
        self.0[index]
    }

    /// The key that crowding is measured by.
    pub fn widest(&self) -> Option<ShareKey> {
        self.0[0]
    }

    pub fn contains(&self, key: ShareKey) -> bool {
        self.0.contains(&Some(key))
    }
}

/// The bytes that name the end site of an address: a whole IPv4 address, the first 48 bits of an IPv6 one.
pub fn end_site(address: IpAddr) -> Vec<u8> {
    site_and_network(address).0
}

/// The end site and, with IPv6, the network within it.
fn site_and_network(address: IpAddr) -> (Vec<u8>, Option<Vec<u8>>) {
    match address.to_canonical() {
        IpAddr::V4(address) => (address.octets().to_vec(), None),
        IpAddr::V6(address) => {
            let octets = address.octets();
            (octets[..SITE_BYTES].to_vec(), Some(octets[..NETWORK_BYTES].to_vec()))
        }
    }
}

fn keyed_hash(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 16] {
    let hash = parts.iter().fold(Sha256::new().chain_update(key), |hash, part| {
        hash.chain_update(part.len().to_be_bytes()).chain_update(part)
    });
    let hash: [u8; 32] = hash.finalize().into();
    std::array::from_fn(|index| hash[index])
}
