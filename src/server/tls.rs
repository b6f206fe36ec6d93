//! TLS from certificate files, which are reloaded when they change, so that a renewed certificate needs no restart.
//! When the new files can't be used, the old certificate stays and the log says so.

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use tokio::signal::unix::{SignalKind, signal};

/// How often the files are checked for changes. SIGHUP reloads them at once.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// TLS 1.3 session tickets per handshake. A client that reconnects after the idle timeout resumes with one, which saves
/// both sides a signature; browsers use one per connection. Tickets are encrypted under keys that rotate every few
/// hours and stay in memory, so the server stores no sessions. Another node can't read them and does a full handshake.
const TICKETS: usize = 1;

/// Why certificate and key can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsFilesError {
    #[error("{0} can't be read: {1}")]
    File(PathBuf, rustls::pki_types::pem::Error),
    #[error("certificate and key can't be served: {0}")]
    Tls(#[from] rustls::Error),
}

/// The certificate in use and its files.
#[derive(Clone)]
pub struct TlsFiles {
    config: Arc<ServerConfig>,
    certificate: Arc<ReloadingCertificate>,
}

impl TlsFiles {
    /// Reads both files. `chain` is PEM, the server's own certificate first; `key` is PEM: PKCS #8, PKCS #1 or SEC 1.
    pub fn open(chain: &Path, key: &Path) -> Result<Self, TlsFilesError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let certificate = Arc::new(ReloadingCertificate {
            stamp: RwLock::new(stamp(chain, key)),
            current: RwLock::new(read(chain, key)?),
            chain: chain.into(),
            key: key.into(),
        });
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(certificate.clone());
        config.ticketer = rustls::crypto::ring::Ticketer::new()?;
        config.send_tls13_tickets = TICKETS;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), certificate })
    }

    /// The configuration for the acceptor; it serves whatever certificate is current.
    pub fn config(&self) -> Arc<ServerConfig> {
        self.config.clone()
    }

    /// Reloads the files when they change or SIGHUP arrives. Doesn't return.
    pub async fn keep_reloading(self) {
        let mut hangup = match signal(SignalKind::hangup()) {
            Ok(hangup) => hangup,
            Err(error) => {
                tracing::error!(%error, "SIGHUP can't be listened to: a renewed TLS certificate needs a restart");
                return;
            }
        };
        loop {
            let asked = tokio::select! {
                _ = hangup.recv() => true,
                () = tokio::time::sleep(LOOK_EVERY) => false,
            };
            if asked || self.certificate.has_changed() {
                self.certificate.reload();
            }
        }
    }
}

type FileStamps = [Option<(SystemTime, u64)>; 2];

struct ReloadingCertificate {
    chain: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
    /// Modification times and sizes at the last read, whether or not the files could be used.
    stamp: RwLock<FileStamps>,
}

impl ReloadingCertificate {
    fn has_changed(&self) -> bool {
        *self.stamp.read().unwrap_or_else(PoisonError::into_inner) != stamp(&self.chain, &self.key)
    }

    fn reload(&self) {
        match self.reread() {
            Ok(()) => tracing::info!("the TLS certificate was read again"),
            Err(error) => tracing::error!(%error, "the new TLS certificate isn't used, the old one stays"),
        }
    }

    fn reread(&self) -> Result<(), TlsFilesError> {
        // Taken first, so that a change during the read is noticed the next time.
        *self.stamp.write().unwrap_or_else(PoisonError::into_inner) = stamp(&self.chain, &self.key);
        let new = read(&self.chain, &self.key)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }
}

impl ResolvesServerCert for ReloadingCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl fmt::Debug for ReloadingCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReloadingCertificate").field("chain", &self.chain).finish_non_exhaustive()
    }
}

/// Fails when the key doesn't match the certificate.
fn read(chain: &Path, key: &Path) -> Result<Arc<CertifiedKey>, TlsFilesError> {
    let certificates = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect)
        .map_err(|fault| TlsFilesError::File(chain.into(), fault))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|fault| TlsFilesError::File(key.into(), fault))?;
    Ok(Arc::new(CertifiedKey::from_der(certificates, private, &rustls::crypto::ring::default_provider())?))
}

/// Modification time and size of both files.
fn stamp(chain: &Path, key: &Path) -> FileStamps {
    [chain, key].map(|file| {
        let metadata = std::fs::metadata(file).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{HttpServer, listen};
    use super::*;
    use axum::Router;
    use rustls::client::{Resumption, Tls12Resumption};
    use rustls::pki_types::ServerName;
    use rustls::version::TLS12;
    use rustls::{
        ALL_VERSIONS, ClientConfig, ClientConnection, HandshakeKind, RootCertStore, ServerConnection,
        SupportedProtocolVersion,
    };
    use std::net::SocketAddr;
    use tempfile::TempDir;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;
    use tokio::time::timeout;
    use tokio_rustls::TlsConnector;

    /// Shorter than the handshake timeout.
    const WAIT_MAX: Duration = Duration::from_secs(5);

    fn made() -> (Vec<u8>, String, String) {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_string()]).unwrap();
        (made.cert.der().to_vec(), made.cert.pem(), made.signing_key.serialize_pem())
    }

    /// How a client that keeps session data agrees with the server.
    fn agreed(client: &Arc<ClientConfig>, server: &TlsFiles) -> HandshakeKind {
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let mut client = ClientConnection::new(client.clone(), name).unwrap();
        let mut server = ServerConnection::new(server.config()).unwrap();
        for _ in 0..4 {
            let (mut there, mut back) = (vec![], vec![]);
            while client.wants_write() {
                client.write_tls(&mut there).unwrap();
            }
            server.read_tls(&mut there.as_slice()).unwrap();
            server.process_new_packets().unwrap();
            while server.wants_write() {
                server.write_tls(&mut back).unwrap();
            }
            client.read_tls(&mut back.as_slice()).unwrap();
            client.process_new_packets().unwrap();
        }
        client.handshake_kind().unwrap()
    }

    /// Writes a certificate and its key to a folder. Returns a function that opens them, and a client of these TLS
    /// versions that trusts the certificate.
    fn on_disk(
        versions: &[&'static SupportedProtocolVersion],
    ) -> (TempDir, impl Fn() -> TlsFiles + use<>, ClientConfig) {
        let folder = tempfile::tempdir().unwrap();
        let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
        let (der, certificate, private) = made();
        std::fs::write(&chain, certificate).unwrap();
        std::fs::write(&key, private).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(der)).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let client = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
        let client = client.with_root_certificates(roots).with_no_client_auth();
        (folder, move || TlsFiles::open(&chain, &key).unwrap(), client)
    }

    #[test]
    fn nothing_is_remembered_of_whoever_was_here() {
        let (_folder, open, mut client) = on_disk(&[&TLS12]);
        let server = open();
        // Without tickets, resumption depends on the server's session store.
        client.resumption = Resumption::in_memory_sessions(8).tls12_resumption(Tls12Resumption::SessionIdOnly);
        let client = Arc::new(client);
        assert_eq!(agreed(&client, &server), HandshakeKind::Full);
        assert_eq!(agreed(&client, &server), HandshakeKind::Full);
    }

    /// A server without routes.
    fn served(tls: TlsFiles) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
        let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = HttpServer { listener, tls: Some(tls), connections_max: 4, proxies: vec![] };
        let stopped = async {
            let _ = stopped.await;
        };
        (address, stop, tokio::spawn(server.serve(Router::new(), stopped)))
    }

    #[tokio::test]
    async fn a_stop_waits_for_no_handshake() {
        let (_folder, open, _) = on_disk(ALL_VERSIONS);
        let (address, stop, serving) = served(open());
        let silent = TcpStream::connect(address).await.unwrap();
        let mut half = TcpStream::connect(address).await.unwrap();
        // A ClientHello that is announced but not sent (RFC 8446, section 5.1).
        half.write_all(&[22, 3, 1, 2, 0, 1]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        stop.send(()).unwrap();
        timeout(WAIT_MAX, serving).await.expect("the stop waits for a handshake").unwrap();
        drop((silent, half));
    }

    #[tokio::test]
    async fn whoever_speaks_http2_without_having_agreed_on_it_is_left_at_once() {
        let (_folder, open, client) = on_disk(ALL_VERSIONS);
        let (address, _stop, _serving) = served(open());
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let mut stream = TlsConnector::from(Arc::new(client)).connect(name, stream).await.unwrap();
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
        let mut heard = vec![];
        let _ = timeout(WAIT_MAX, stream.read_to_end(&mut heard)).await.expect("it is kept waiting");
        assert!(!heard.starts_with(b"HTTP/1.1 2"), "{heard:?}");
    }

    #[test]
    fn whoever_comes_back_is_spared_the_whole_handshake() {
        let (_folder, open, client) = on_disk(ALL_VERSIONS);
        let (server, other) = (open(), open());
        let client = Arc::new(client);
        assert_eq!(agreed(&client, &server), HandshakeKind::Full);
        assert_eq!(agreed(&client, &server), HandshakeKind::Resumed);
        // The second connection got a ticket, too.
        assert_eq!(agreed(&client, &server), HandshakeKind::Resumed);
        assert_eq!(agreed(&client, &other), HandshakeKind::Full);
    }

    fn shown(certificate: &ReloadingCertificate) -> Vec<u8> {
        certificate.current.read().unwrap().cert[0].to_vec()
    }

    #[test]
    fn a_new_certificate_is_served_and_a_broken_one_leaves_the_old() {
        let folder = tempfile::tempdir().unwrap();
        let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
        let (first_der, first, first_key) = made();
        std::fs::write(&chain, first).unwrap();
        std::fs::write(&key, first_key).unwrap();
        let certificate = TlsFiles::open(&chain, &key).unwrap().certificate;
        assert!(!certificate.has_changed() && shown(&certificate) == first_der);

        let (second_der, second, second_key) = made();
        for broken in [second.clone(), String::new(), second[..second.len() / 2].to_owned(), "x".repeat(99)] {
            std::fs::write(&chain, broken).unwrap();
            assert!(certificate.has_changed());
            assert!(certificate.reread().is_err(), "a key of another certificate, or no certificate, was taken");
            assert_eq!(shown(&certificate), first_der);
        }
        std::fs::remove_file(&chain).unwrap();
        assert!(certificate.has_changed() && certificate.reread().is_err() && !certificate.has_changed());
        std::fs::write(&chain, second).unwrap();
        std::fs::write(&key, second_key).unwrap();
        assert!(certificate.has_changed());
        certificate.reread().unwrap();
        assert!(!certificate.has_changed() && shown(&certificate) == second_der);
    }
}
