//! `ikrar demo`: a campaign of a synthetic province, ready for signing.
//!
//! The folder is marked as a demo's: a demo doesn't touch a folder without the mark, and `ikrar serve` refuses one with
//! it.

mod event;
mod greeting;
mod identities;
mod lan;
mod marker;
mod simulate;

pub use marker::is_demo_folder;

use super::admin_listener::serve_admin;
use super::shutdown::stop_signal;
use super::{open, terminal_words};
use crate::config::ConfigOptions;
use crate::output::outln;
use crate::server::{self, HttpServer, limits};
use crate::service::synthetic::PARTICIPANTS;
use crate::web;
use anyhow::{Context, bail};
use clap::Args;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use tokio::net::TcpListener;

/// More people than any province's administration has.
const PARTICIPANTS_MAX: u32 = 1_000_000;
const SIMULATED_PER_SEC_MAX: u32 = 50_000;

#[derive(Args)]
pub struct Demo {
    /// How many synthetic people the province has
    #[arg(long, default_value_t = PARTICIPANTS, value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=i64::from(PARTICIPANTS_MAX)))]
    participants: u32,
    /// Serve on all addresses, over TLS with a generated certificate, for phones on the same network
    #[arg(long)]
    lan: bool,
    /// Let so many people a second sign by themselves
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(SIMULATED_PER_SEC_MAX)))]
    simulate: Option<u32>,
}

pub async fn run(settings: ConfigOptions, demo: Demo) -> anyhow::Result<u8> {
    let words = terminal_words();
    let planned = settings.clone().resolve(Path::new("."))?;
    marker::claim(&planned.data, demo.participants, words)?;
    let listener = listen(planned.listen, demo.lan)?;
    let address = listener.local_addr()?;
    let own_url = settings.public_url.clone();
    let settings = ConfigOptions {
        data: Some(planned.data.clone()),
        listen: Some(address),
        public_url: Some(own_url.unwrap_or_else(|| lan::url(address, demo.lan))),
        ..settings
    };
    outln!("{}", words.t("demo-opening"));
    let named = settings.database_url.is_some();
    if named {
        open::migrated(&settings).await?;
    }
    let (state, _serving) = open::to_serve(settings).await?;
    if named && !state.synthetic.claim_database().await? {
        bail!(words.t("demo-foreign-database"));
    }
    let event = event::make_or_reuse(&state, demo.participants, words).await?;
    let tls = if demo.lan { Some(lan::tls(&planned.data, state.now())?) } else { None };
    let written = identities::write(&state, &event).await?;
    state.run_tasks();
    if let Some(address) = state.config.admin_listen {
        serve_admin(address, &state).await?;
    }
    if let Some(per_second) = demo.simulate {
        tokio::spawn(simulate::run_simulation(state.services.clone(), event.clone(), per_second));
    }
    greeting::print(&state, &written, demo.lan, words)?;
    let (live, uploads) = (state.live.clone(), state.roster_uploads.clone());
    let stop = stop_signal()?;
    let stopping = async move {
        stop.await;
        // Watchers would keep their connections open.
        live.stop();
        // A thread that reads a roster would delay the end of the process.
        uploads.cancel_all();
    };
    // From here on connections wait in the listener's backlog, so a reader of this line can connect.
    outln!("ready {}", state.config.public_url);
    let connections_max = limits::connection_limit(None);
    let edge = HttpServer { listener, tls, connections_max, proxies: state.config.trusted_proxies.clone() };
    edge.serve(web::router(state.clone()), stopping).await;
    state.finish().await;
    Ok(0)
}

fn listen(wanted: SocketAddr, on_all_addresses: bool) -> anyhow::Result<TcpListener> {
    let wanted = if on_all_addresses { SocketAddr::from((Ipv4Addr::UNSPECIFIED, wanted.port())) } else { wanted };
    server::listen(wanted).with_context(|| format!("can't listen on {wanted}"))
}
