//! A client that signs through the API.

use serde_json::{Value, json};
use std::sync::Once;
use std::time::Duration;

const SLUG: &str = "sumsel";
const TIMEOUT: Duration = Duration::from_secs(20);

/// What came back, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub retry_after: Option<String>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    agreement: String,
}

impl Client {
    /// Reads the event once, to know what to agree to.
    pub async fn new(url: &str) -> Self {
        Self::knowing(url, http_builder()).await
    }

    /// As [`Self::new`] over TLS, trusting this certificate (PEM) and no other.
    pub async fn trusting(url: &str, certificate: &[u8]) -> Self {
        let certificate = reqwest::Certificate::from_pem(certificate).unwrap();
        Self::knowing(url, http_builder().tls_certs_only([certificate])).await
    }

    async fn knowing(url: &str, builder: reqwest::ClientBuilder) -> Self {
        let mut client = Self { http: builder.build().unwrap(), url: url.into(), agreement: String::new() };
        let event = client.get(&format!("/api/v1/campaigns/{SLUG}")).await.unwrap().json();
        let agreed: Vec<&Value> = event["clauses"].as_array().unwrap().iter().map(|clause| &clause["id"]).collect();
        client.agreement = json!({ "text_hash": event["text_hash"], "agreed": agreed }).to_string();
        client
    }

    /// `None` when there is no answer.
    pub async fn get(&self, path: &str) -> Option<Answer> {
        read(self.http.get(format!("{}{path}", self.url)).send().await.ok()?).await
    }

    pub async fn post(&self, path: &str, bearer: Option<&str>, body: String) -> Option<Answer> {
        let request = self.http.post(format!("{}{path}", self.url)).header("content-type", "application/json");
        let request = match bearer {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        read(request.body(body).send().await.ok()?).await
    }

    /// A session's token.
    pub async fn session(&self, (identifier, access_code): &(String, String)) -> Option<String> {
        let body = json!({ "identifier": identifier, "access_code": access_code }).to_string();
        let answer = self.post(&format!("/api/v1/campaigns/{SLUG}/sessions"), None, body).await?;
        assert_eq!(answer.status, 200, "{}", answer.json());
        Some(answer.json()["token"].as_str().unwrap().to_owned())
    }

    pub async fn sign(&self, token: &str) -> Option<Answer> {
        self.post(&format!("/api/v1/campaigns/{SLUG}/pledges"), Some(token), self.agreement.clone()).await
    }

    /// As the page's button does. Where it leads is gone too, and says that it was done, or when the session ends.
    pub async fn leave(&self, token: &str) -> Option<Answer> {
        let request = self.http.post(format!("{}/k/{SLUG}/leave", self.url)).header("cookie", format!("ikrar={token}"));
        read(request.send().await.ok()?).await
    }

    /// What the service says of a credential's bytes.
    pub async fn check(&self, credential: Vec<u8>) -> Value {
        let request = self.http.post(format!("{}/api/v1/verify", self.url)).header("content-type", "application/cose");
        read(request.body(credential).send().await.unwrap()).await.unwrap().json()
    }

    /// The published number, once it is at least `at_least`.
    pub async fn count_of_at_least(&self, at_least: u64) -> u64 {
        for _ in 0..100 {
            let count = self.get(&format!("/api/v1/campaigns/{SLUG}/count")).await.unwrap().json();
            let signed = count["signed"].as_u64().unwrap();
            if signed >= at_least {
                return signed;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the published number never reached {at_least}");
    }
}

/// Knows how to speak TLS, gives up in time, and uses no proxy.
pub fn http_builder() -> reqwest::ClientBuilder {
    static PROVIDER: Once = Once::new();
    // The client wants to know how to speak TLS even where it never does.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    reqwest::Client::builder().timeout(TIMEOUT).no_proxy()
}

async fn read(response: reqwest::Response) -> Option<Answer> {
    let status = response.status().as_u16();
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(String::from);
    let (content_type, retry_after) = (header("content-type").unwrap_or_default(), header("retry-after"));
    let body = response.bytes().await.ok()?.to_vec();
    Some(Answer { status, content_type, retry_after, body })
}
