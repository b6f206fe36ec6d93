//! A network of IP addresses, such as `10.0.0.0/8`, or a single address.

use serde::Deserialize;
use std::net::IpAddr;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct IpNetwork {
    address: IpAddr,
    /// The number of leading bits that all addresses of the network share: 0-32 for IPv4, 0-128 for IPv6.
    prefix_bits: u8,
}

#[derive(Debug, thiserror::Error)]
#[error("a network is an address, or an address and the number of its leading bits, such as 10.0.0.0/8")]
pub struct NetworkFault;

impl IpNetwork {
    pub fn contains(&self, address: IpAddr) -> bool {
        let (own, other) = (leading(self.address, self.prefix_bits), leading(address, self.prefix_bits));
        self.address.is_ipv4() == address.is_ipv4() && own == other
    }
}

/// The first `bits` bits of the address; the others are cleared. An IPv4 address is in the top 32 bits.
fn leading(address: IpAddr, bits: u8) -> u128 {
    let whole = match address {
        IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
        IpAddr::V6(address) => address.into(),
    };
    whole & u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or_default()
}

impl FromStr for IpNetwork {
    type Err = NetworkFault;

    fn from_str(text: &str) -> Result<Self, NetworkFault> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| NetworkFault)?;
        let bits_max = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = bits.map_or(Ok(bits_max), |bits| bits.parse().map_err(|_| NetworkFault))?;
        if prefix_bits > bits_max {
            return Err(NetworkFault);
        }
        Ok(Self { address, prefix_bits })
    }
}

impl TryFrom<String> for IpNetwork {
    type Error = NetworkFault;

    fn try_from(text: String) -> Result<Self, NetworkFault> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(network: &str, address: &str) -> bool {
        network.parse::<IpNetwork>().unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn a_network_holds_the_addresses_that_begin_alike() {
        assert!(held("10.0.0.0/8", "10.255.1.2") && !held("10.0.0.0/8", "11.0.0.1"));
        assert!(held("192.0.2.7", "192.0.2.7") && !held("192.0.2.7", "192.0.2.6"));
        assert!(held("0.0.0.0/0", "203.0.113.9") && !held("0.0.0.0/0", "::1"));
        assert!(held("2001:db8::/33", "2001:db8:7fff::1") && !held("2001:db8::/33", "2001:db8:8000::1"));
        assert!(held("::/0", "2001:db8::1") && !held("::/0", "10.0.0.1"));
    }

    #[test]
    fn what_isn_t_a_network_is_refused() {
        for wrong in ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::1/129", "proxy.example", "10.0.0.0/8/8"] {
            assert!(wrong.parse::<IpNetwork>().is_err(), "{wrong}");
        }
    }
}
