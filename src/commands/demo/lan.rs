//! For phones on the same network: the machine's address there, and a self-signed certificate.

use crate::commands::open::write_private;
use crate::domain::time::UnixMillis;
use crate::server::self_signed;
use crate::server::tls::TlsFiles;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;

const CERTIFICATE_FILE: &str = "lan-certificate.pem";
const KEY_FILE: &str = "lan-key.pem";

/// The URL of a listener.
pub(super) fn url(listener: SocketAddr, lan: bool) -> String {
    if lan {
        format!("https://{}", SocketAddr::new(own_address(), listener.port()))
    } else {
        format!("http://{listener}")
    }
}

/// The address under which other machines see this one. Connecting a datagram socket sends nothing: the system only
/// chooses the address that it would send from (192.0.2.1 is reserved for documentation, RFC 5737).
fn own_address() -> IpAddr {
    let asked = || -> std::io::Result<IpAddr> {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        Ok(socket.local_addr()?.ip())
    };
    asked().unwrap_or(Ipv4Addr::LOCALHOST.into())
}

/// TLS with the folder's certificate. A new one is made if there is none for the machine's current address.
pub(super) fn tls(data: &Path, now: UnixMillis) -> anyhow::Result<TlsFiles> {
    let address = own_address();
    let (certificate, key) = (data.join(CERTIFICATE_FILE), data.join(KEY_FILE));
    let made_for = data.join("lan-address.txt");
    if std::fs::read_to_string(&made_for).ok().as_deref() != Some(&address.to_string()) || !key.exists() {
        let names = [address.to_string(), Ipv4Addr::LOCALHOST.to_string(), "localhost".to_string()];
        let made = self_signed::make("Ikrar (demo)", names, now.0)?;
        write_private(&key, made.key_pem.as_bytes())?;
        write_private(&certificate, made.certificate_pem.as_bytes())?;
        write_private(&made_for, address.to_string().as_bytes())?;
    }
    Ok(TlsFiles::open(&certificate, &key)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_made_once_per_address_and_can_be_served() {
        let folder = tempfile::tempdir().unwrap();
        let now = UnixMillis(1_900_000_000_000);
        tls(folder.path(), now).unwrap();
        let first = std::fs::read(folder.path().join(CERTIFICATE_FILE)).unwrap();
        tls(folder.path(), now).unwrap();
        assert_eq!(std::fs::read(folder.path().join(CERTIFICATE_FILE)).unwrap(), first);
        std::fs::write(folder.path().join("lan-address.txt"), "10.0.0.9").unwrap();
        tls(folder.path(), now).unwrap();
        assert_ne!(std::fs::read(folder.path().join(CERTIFICATE_FILE)).unwrap(), first);
    }
}
