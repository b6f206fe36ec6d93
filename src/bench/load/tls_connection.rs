//! One TCP and TLS connection per person: each with a full handshake, without session resumption.

use crate::bench::load::http_connection::{HttpConnection, in_time};
use anyhow::Context;
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::{self, cipher_suite};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedCipherSuite};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub type TlsConnection = HttpConnection<TlsStream<TcpStream>>;

/// Source addresses on the loopback. Each has its own ports; a single address would run out of them, because a closed
/// connection keeps its port for a minute (`TIME_WAIT`).
const SOURCE_ADDRESSES: u8 = 200;

/// The cipher suites that phones' browsers offer, in their order. The server picks the first.
const SUITES: [SupportedCipherSuite; 3] = [
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
];

#[derive(Clone)]
pub struct TlsDialer {
    tls: TlsConnector,
}

impl TlsDialer {
    /// Trusts this certificate as its only root.
    pub fn trusting(certificate_der: &[u8]) -> anyhow::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(certificate_der.to_vec()))?;
        let provider = CryptoProvider { cipher_suites: SUITES.to_vec(), ..ring::default_provider() };
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { tls: TlsConnector::from(Arc::new(config)) })
    }

    /// Opens the connection of this person.
    pub async fn connect(&self, address: SocketAddr, person: usize) -> anyhow::Result<TlsConnection> {
        let stream = in_time(async {
            let stream = connect_tcp(address, person).await.context("the server takes no connection")?;
            stream.set_nodelay(true)?;
            let name = ServerName::IpAddress(address.ip().into());
            self.tls.connect(name, stream).await.context("the TLS handshake failed")
        });
        Ok(HttpConnection::over(stream.await?, address))
    }
}

async fn connect_tcp(address: SocketAddr, person: usize) -> std::io::Result<TcpStream> {
    if !address.is_ipv4() || !address.ip().is_loopback() {
        return TcpStream::connect(address).await;
    }
    let socket = TcpSocket::new_v4()?;
    let last_octet = u8::try_from(person % usize::from(SOURCE_ADDRESSES)).unwrap_or_default() + 1;
    // If the system has only one loopback address, it chooses the source itself.
    let _ = socket.bind((IpAddr::from(Ipv4Addr::new(127, 0, 1, last_octet)), 0).into());
    socket.connect(address).await
}
