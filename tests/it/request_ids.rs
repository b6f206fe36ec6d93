//! Every answer names its request, in its header and where somebody is told that something went wrong.

use crate::support::{Answer, TestPlatform, config, with_config};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use ikrar::config::Config;
use ikrar::server::PeerAddr;
use ikrar::web;
use std::collections::HashSet;
use std::net::IpAddr;

fn id(answer: &Answer) -> String {
    let id = answer.header("x-request-id").to_owned();
    assert!(!id.is_empty(), "an answer without an id");
    id
}

#[tokio::test]
async fn each_answer_has_an_id_of_its_own_and_a_refusal_says_it() {
    let platform = TestPlatform::open(3).await;
    let mut seen = HashSet::new();
    for path in ["/", "/k/uji", "/k/uji/sign", "/api/v1/campaigns/uji/count", "/healthz", "/assets/x/y.css", "/console"]
    {
        assert!(seen.insert(id(&platform.get(path).await)), "{path} repeats an id");
    }
    let refused = platform.get("/api/v1/campaigns/no-such-event").await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::NOT_FOUND, "unknown"));
    assert_eq!(refused.json()["request_id"], id(&refused));
    let page = platform.get("/k/no-such-event").await;
    assert!(page.text().contains(&id(&page)), "the page doesn't say its id");
    let unrouted = platform.get("/no/such/page").await;
    assert!(unrouted.text().contains(&id(&unrouted)));
}

#[tokio::test]
async fn only_a_trusted_proxy_names_a_request_and_only_plainly() {
    let mut platform = TestPlatform::open(3).await;
    let trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    let config = Config { trusted_proxies, ..config(platform.folder(), None) };
    platform.router = web::router(with_config(&platform.state, config));
    let ask = async |peer: Option<&str>, given: &str| {
        let mut request = Request::get("/healthz").header("x-request-id", given).body(Body::empty()).unwrap();
        if let Some(peer) = peer {
            request.extensions_mut().insert(PeerAddr(peer.parse::<IpAddr>().unwrap()));
        }
        id(&platform.send(request).await)
    };
    assert_eq!(ask(Some("10.1.2.3"), "proxy-0190f3c8-7e2a").await, "proxy-0190f3c8-7e2a");
    assert_ne!(ask(Some("203.0.113.5"), "proxy-0190f3c8-7e2a").await, "proxy-0190f3c8-7e2a");
    assert_ne!(ask(None, "proxy-0190f3c8-7e2a").await, "proxy-0190f3c8-7e2a");
    for forged in ["short", "a b c d e f g", "\"},{\"level\":\"ERROR", &"x".repeat(65)] {
        assert_ne!(ask(Some("10.1.2.3"), forged).await, forged);
    }
}
