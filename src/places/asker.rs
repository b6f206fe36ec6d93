//! Who asks, and which sides that makes: each side may hold a share of all places.
//!
//! An office shares one address, so an address alone says little about a person; a login alone would let strangers use up
//! its owner's share. So somebody who isn't signed in counts on their network's side, on their login's side, and, with the
//! smaller share, on the side of both together: a flood for one login leaves half of an office's share to its
//! colleagues, and half of that login's share to its owner elsewhere. Who is signed in counts for themselves alone.

use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// Who asks for a place.
#[derive(Clone, Copy)]
pub enum Asker<'a> {
    /// Anybody, at this address.
    Address(IpAddr),
    /// Somebody at this address who claims a login.
    Claimed { address: IpAddr, login: &'a str },
    /// The login of somebody who is signed in.
    Account(&'a str),
}

/// Bytes of an IPv6 address that name an end site (RFC 6177: at most so many are given to one), and one of its networks.
const SITE_BYTES: usize = 6;
const NETWORK_BYTES: usize = 8;
const HALF: usize = 2;
const QUARTER: usize = 4;
const SIDES_MAX: usize = 4;

/// What somebody is counted on: the part of all places that this side may hold, and its name's keyed hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    name: [u8; 16],
    divisor: usize,
}

/// The sides of one asker, the widest first. The first one orders turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sides([Option<Side>; SIDES_MAX]);

impl Side {
    pub fn name(self) -> [u8; 16] {
        self.name
    }

    /// Of so many places.
    pub fn share_of(self, places: usize) -> usize {
        (places / self.divisor).max(1)
    }
}

impl Sides {
    pub const COUNT: usize = SIDES_MAX;

    pub fn of(asker: Asker<'_>, key: &[u8; 32]) -> Self {
        let side = |divisor: usize, parts: &[&[u8]]| Some(Side { name: keyed(key, parts), divisor });
        Self(match asker {
            Asker::Account(login) => [side(HALF, &[b"account", login.as_bytes()]), None, None, None],
            Asker::Address(address) => {
                let (site, network) = nets(address);
                [side(HALF, &[b"site", &site]), network.and_then(|net| side(QUARTER, &[b"net", &net])), None, None]
            }
            Asker::Claimed { address, login } => {
                let (site, network) = nets(address);
                let login = login.as_bytes();
                [
                    side(HALF, &[b"site", &site]),
                    side(QUARTER, &[b"both", network.as_ref().unwrap_or(&site), login]),
                    network.and_then(|net| side(QUARTER, &[b"net", &net])),
                    side(HALF, &[b"login", login]),
                ]
            }
        })
    }

    pub fn iter(&self) -> impl Iterator<Item = Side> {
        self.0.into_iter().flatten()
    }

    pub fn at(&self, place: usize) -> Option<Side> {
        self.0[place]
    }

    /// The side by which turns go round.
    pub fn first(&self) -> Option<Side> {
        self.0[0]
    }

    pub fn holds(&self, side: Side) -> bool {
        self.0.contains(&Some(side))
    }
}

/// What names the site of an address: all of IPv4, and of IPv6 what one end site is given.
pub fn site(address: IpAddr) -> Vec<u8> {
    nets(address).0
}

/// The site, and with IPv6 the network within it.
fn nets(address: IpAddr) -> (Vec<u8>, Option<Vec<u8>>) {
    match address.to_canonical() {
        IpAddr::V4(address) => (address.octets().to_vec(), None),
        IpAddr::V6(address) => {
            let octets = address.octets();
            (octets[..SITE_BYTES].to_vec(), Some(octets[..NETWORK_BYTES].to_vec()))
        }
    }
}

fn keyed(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 16] {
    let hash = parts.iter().fold(Sha256::new().chain_update(key), |hash, part| {
        hash.chain_update(part.len().to_be_bytes()).chain_update(part)
    });
    let hash: [u8; 32] = hash.finalize().into();
    std::array::from_fn(|place| hash[place])
}
