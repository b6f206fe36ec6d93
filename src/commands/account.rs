//! `ikrar account`: the console's accounts, for scripts and for an operator who has lost the last password.

use super::{open, terminal_words};
use crate::app::Services;
use crate::config::ConfigOptions;
use crate::domain::account::{Account, Role, Scope};
use crate::domain::audit::ACTOR_COMMAND_LINE;
use crate::domain::disclosure::Disclosure;
use crate::domain::registry::{RegistryNode, undecided};
use crate::i18n::Localizer;
use crate::output::{errln, outln};
use crate::service::accounts::{AccountRefusal, FactorRefusal, GIVEN_DAYS, role_words};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

/// Console accounts.
#[derive(Args)]
pub struct AccountArgs {
    #[command(subcommand)]
    command: AccountCommand,
    /// Answer in JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum AccountCommand {
    /// Make an account and print its one-time password
    Add {
        login: String,
        /// The person's name
        #[arg(long, default_value = "")]
        name: String,
        /// organizer, operator or viewer
        #[arg(long, default_value = "operator", value_parser = role)]
        role: Role,
        /// Code of an institution that the account sees; may be given several times
        #[arg(long = "institution", value_name = "CODE")]
        institutions: Vec<String>,
        /// Code of a node of the registry, an institution's or a unit's as in 16.71/4, with what is below it; may be
        /// given several times. One that isn't registered is refused
        #[arg(long = "node", value_name = "CODE")]
        nodes: Vec<String>,
    },
    /// Print a new one-time password and end the account's sessions
    Reset { login: String },
    /// Take a lost second factor away: for a day the account enters without one
    ResetFactor {
        login: String,
        /// Why, for the audit trail
        #[arg(long)]
        reason: String,
    },
    /// All accounts
    List,
}

pub async fn run(settings: ConfigOptions, args: AccountArgs) -> anyhow::Result<u8> {
    let state = open::services(settings).await?;
    let w = terminal_words();
    let given = match args.command {
        AccountCommand::Add { login, name, role, institutions, nodes } => {
            let name = if name.is_empty() { login.clone() } else { name };
            for code in &nodes {
                if state.accounts.node(code).await?.is_none() {
                    errln!("{}", w.with("account-no-node", &[("code", code)]));
                    return Ok(1);
                }
            }
            let scope = Scope::Nodes(institutions.into_iter().chain(nodes).collect());
            state.accounts.add(ACTOR_COMMAND_LINE, &login, &name, role, scope).await.map(|password| (login, password))
        }
        AccountCommand::Reset { login } => {
            state.accounts.reset(ACTOR_COMMAND_LINE, &login).await.map(|password| (login, password))
        }
        AccountCommand::ResetFactor { login, reason } => return reset_factor(&state, &login, &reason, w).await,
        AccountCommand::List => {
            list(&state.accounts.list().await?, &state.accounts.institutions().await?, args.json, w);
            return Ok(0);
        }
    };
    let disclosure = Disclosure::to_the_operator();
    match given {
        Ok((login, password)) if args.json => {
            outln!("{}", json!({ "login": login, "password": password.shown(&disclosure) }));
        }
        Ok((login, password)) => {
            let days = GIVEN_DAYS.to_string();
            let words = [("login", login.as_str()), ("password", password.shown(&disclosure)), ("days", &days)];
            outln!("{}", w.with("account-password", &words));
        }
        Err(AccountRefusal::Store(error)) => return Err(error.into()),
        Err(refusal) => {
            errln!("{}", refusal.words(w));
            return Ok(1);
        }
    }
    Ok(0)
}

async fn reset_factor(state: &Services, login: &str, reason: &str, w: Localizer) -> anyhow::Result<u8> {
    match state.accounts.reset_factor(ACTOR_COMMAND_LINE, login, reason).await {
        Ok(()) => {
            outln!("{}", w.with("account-factor-reset", &[("login", login)]));
            Ok(0)
        }
        Err(FactorRefusal::Store(error)) => Err(error.into()),
        Err(refusal) => {
            errln!("{}", refusal.words(w));
            Ok(1)
        }
    }
}

fn list(accounts: &[Account], institutions: &[RegistryNode], as_json: bool, w: Localizer) {
    if as_json {
        let accounts: Vec<Value> = accounts.iter().map(|account| account_json(account, institutions)).collect();
        outln!("{}", Value::from(accounts));
        return;
    }
    for account in accounts {
        let role = role_words(account.role, w);
        outln!("{}\t{}\t{role}\t{}", account.login, account.display_name, account.scope.codes().join(","));
    }
}

fn account_json(account: &Account, institutions: &[RegistryNode]) -> Value {
    let codes = account.scope.codes();
    let undecided: Vec<&String> = codes.iter().filter(|code| !undecided(code, institutions).is_empty()).collect();
    json!({
        "login": account.login,
        "name": account.display_name,
        "role": account.role.as_str(),
        "institutions": match &account.scope {
            Scope::All => Value::Null,
            Scope::Nodes(codes) => json!(codes),
        },
        "undecided": undecided,
        "must_change": account.must_change_password,
        "disabled": account.disabled,
        "created_at": account.created_at.rfc3339(),
    })
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "one of organizer, operator, viewer".into())
}
