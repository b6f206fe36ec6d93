//! An operator of all institutions who posts the console's forms.

use crate::bench::context::BenchContext;
use crate::bench::load::form_encoding::form;
use crate::bench::load::http_connection::{HttpConnection, HttpResponse};
use crate::bench::processes::environment::Environment;
use crate::domain::account::{Role, Scope};
use crate::web::access::{LOGIN_PATH, PASSWORD_PATH};
use anyhow::{Context, ensure};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use std::net::SocketAddr;

/// The name in the audit trail under which the run creates the account.
const ACTOR: &str = "bench";

/// A signed-in account.
pub struct ConsoleOperator {
    address: SocketAddr,
    login: String,
    /// The session's cookie, as the browser sends it.
    cookie: String,
}

impl ConsoleOperator {
    /// Creates an account and signs it in at the first node. Only this run knows its password, also on an external
    /// installation.
    pub async fn sign_in(context: &BenchContext, environment: &Environment) -> anyhow::Result<Self> {
        let state = &environment.services;
        let login = format!("bench-{}", HEXLOWER.encode(&state.entropy.bytes::<4>()));
        let given = state.accounts.add(ACTOR, &login, "Bench", Role::Operator, Scope::All).await?;
        let given = given.shown(&context.disclosure);
        let own = BASE64URL_NOPAD.encode(&state.entropy.bytes::<24>());
        let mut operator = Self { address: environment.nodes[0].address, login, cookie: String::new() };
        let mut connection = operator.connect().await?;
        operator.enter(&mut connection, given).await?;
        let typed = form(&[("old", given), ("new", &own), ("again", &own)]);
        let changed = operator.post(&mut connection, PASSWORD_PATH, &typed).await?;
        ensure!(changed.status == 303, "the new password was answered with {}", changed.status);
        operator.enter(&mut connection, &own).await?;
        Ok(operator)
    }

    /// Disables the account: on an external installation it stays, and nobody signs in with it again.
    pub async fn disable(&self, environment: &Environment) -> anyhow::Result<()> {
        let accounts = &environment.services.accounts;
        let mut account = accounts.find(&self.login).await?.context("the operator's account is gone")?;
        account.disabled = true;
        Ok(accounts.save(ACTOR, &account).await?)
    }

    pub async fn connect(&self) -> anyhow::Result<HttpConnection> {
        HttpConnection::open(self.address).await
    }

    /// Posts a form as a browser does.
    pub async fn post(&self, connection: &mut HttpConnection, path: &str, form: &str) -> anyhow::Result<HttpResponse> {
        let headers = format!(
            "content-type: application/x-www-form-urlencoded\r\nsec-fetch-site: same-origin\r\ncookie: {}\r\n\
             accept-encoding: gzip\r\ncontent-length: {}\r\n",
            self.cookie,
            form.len()
        );
        connection.request("POST", path, &headers, form).await
    }

    async fn enter(&mut self, connection: &mut HttpConnection, password: &str) -> anyhow::Result<()> {
        let typed = form(&[("login", &self.login), ("password", password)]);
        let answer = self.post(connection, LOGIN_PATH, &typed).await?;
        ensure!(answer.status == 303, "signing in to the console was answered with {}", answer.status);
        self.cookie = answer.cookie.context("signing in to the console gave no session")?;
        Ok(())
    }
}
