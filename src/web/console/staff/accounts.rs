//! The console's accounts, managed by organizers.

use super::sessions::{SessionRow, rows};
use crate::config::SecondFactorPolicy;
use crate::domain::account::{Account, Role, Scope};
use crate::domain::disclosure::{Disclosure, OneTimePassword};
use crate::domain::registry::{RegistryNode, undecided};
use crate::i18n::Localizer;
use crate::service::accounts::{AccountRefusal, DisclosureSize, FactorRefusal, GIVEN_DAYS, role_words};
use crate::web::AppState;
use crate::web::access::Actor;
use crate::web::console::shell::context::ConsoleContext;
use crate::web::console::shell::layout::{Done, Layout, Tab};
use crate::web::console::shell::password_proof::ConfirmedForm;
use crate::web::console::shell::query::QueryName;
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::page::page;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::collections::HashSet;

#[derive(Template)]
#[template(path = "console/staff/accounts.html")]
struct AccountsPage {
    w: Localizer,
    layout: Layout,
    accounts: Vec<AccountRow>,
    roles: Vec<RoleChoice>,
    nodes: NodeChoices,
    form: AccountForm,
    needs_password: bool,
    /// Where the page is asked for with the units of another node.
    own_path: String,
    /// Of organizers.
    factor_required: bool,
}

struct AccountRow {
    login: String,
    name: String,
    role: String,
    institutions: String,
    /// Codes that may mean several institutions, with what to do.
    undecided: Vec<String>,
    is_disabled: bool,
    must_change: bool,
}

/// An institution or unit of the registry, of which an account may be.
struct NodeChoice {
    code: String,
    name: String,
    is_chosen: bool,
}

/// What there is to choose from.
struct NodeChoices {
    /// Units that the account is of now.
    chosen: Vec<NodeChoice>,
    institutions: Vec<NodeChoice>,
    below: Option<UnitsBelow>,
}

/// The units below one node, to choose from.
struct UnitsBelow {
    /// The node's path of names.
    of: String,
    units: Vec<NodeChoice>,
}

struct RoleChoice {
    value: &'static str,
    words: String,
}

/// An account as the form holds it.
#[derive(Default)]
struct AccountForm {
    login: String,
    name: String,
    role: String,
    /// As typed: codes that aren't among the registered institutions, and `*`.
    institutions: String,
    /// Codes of registered institutions that are ticked.
    nodes: Vec<String>,
    is_disabled: bool,
}

pub async fn list(context: ConsoleContext) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, query, .. } = &context;
    let w = context.w;
    let form = AccountForm { role: Role::Operator.as_str().into(), ..AccountForm::default() };
    page(
        &accounts_page(
            state,
            w,
            actor,
            context.layout(Tab::Accounts).after(w, query),
            form,
            query.get(QueryName::Node),
        )
        .await?,
    )
}

pub async fn add(context: ConsoleContext, confirmed: ConfirmedForm) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, .. } = &context;
    let w = context.w;
    let ConfirmedForm { fields, disclosure } = confirmed;
    let form = AccountForm::read(&fields, fields.get("login").trim());
    let role = Role::parse(&form.role).ok_or(Problem::Malformed)?;
    match state.accounts.add(actor.login(), &form.login, &form.name, role, form.scope()).await {
        Ok(password) => given(w, actor, &form.login, &password, &disclosure),
        Err(fault) => {
            let layout = context.layout(Tab::Accounts).refused(words(fault, w)?);
            let again = page(&accounts_page(state, w, actor, layout, form, None).await?)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "console/staff/account.html")]
struct AccountPage {
    w: Localizer,
    layout: Layout,
    /// Codes that may mean several institutions, with what to do.
    undecided: Vec<String>,
    roles: Vec<RoleChoice>,
    nodes: NodeChoices,
    form: AccountForm,
    needs_password: bool,
    has_factor: bool,
    sessions: Vec<SessionRow>,
    /// Where the forms that end sessions are sent.
    path: String,
    /// Where the page is asked for with the units of another node.
    own_path: String,
    is_own: bool,
}

pub async fn show(context: ConsoleContext, Path(login): Path<String>) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, query, .. } = &context;
    let w = context.w;
    let account = state.accounts.find(&login).await?.ok_or(Problem::Unknown)?;
    let layout = context.layout(Tab::Accounts).after(w, query);
    let asked = query.get(QueryName::Node);
    page(&account_page(state, w, actor, layout, AccountForm::of(&account), asked).await?)
}

pub async fn save(context: ConsoleContext, Path(login): Path<String>, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, .. } = &context;
    let w = context.w;
    let account = state.accounts.find(&login).await?.ok_or(Problem::Unknown)?;
    let form = AccountForm::read(&fields, &login);
    let changed = Account {
        display_name: form.name.clone(),
        role: Role::parse(&form.role).ok_or(Problem::Malformed)?,
        scope: form.scope(),
        disabled: form.is_disabled,
        ..account
    };
    match state.accounts.save(actor.login(), &changed).await {
        Ok(()) => Ok(Done::AccountSaved.redirect("/console/accounts").into_response()),
        Err(fault) => {
            let layout = context.layout(Tab::Accounts).refused(words(fault, w)?);
            let again = page(&account_page(state, w, actor, layout, form, None).await?)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
    }
}

pub async fn reset(
    context: ConsoleContext,
    Path(login): Path<String>,
    confirmed: ConfirmedForm,
) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, .. } = &context;
    let w = context.w;
    match state.accounts.reset(actor.login(), &login).await {
        Ok(password) => given(w, actor, &login, &password, &confirmed.disclosure),
        Err(AccountRefusal::Unknown) => Err(Problem::Unknown),
        Err(AccountRefusal::Store(error)) => Err(error.into()),
        Err(AccountRefusal::Busy { retry_after_secs }) => Err(Problem::Busy { retry_after_secs }),
        Err(_) => Err(Problem::Conflict),
    }
}

/// Removes the second factor of a person who lost it.
pub async fn reset_factor(
    context: ConsoleContext,
    Path(login): Path<String>,
    confirmed: ConfirmedForm,
) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, .. } = &context;
    let w = context.w;
    // An account removes its own factor on its own page; this way takes two people.
    if login == actor.login() {
        return Err(Problem::Conflict);
    }
    let account = state.accounts.find(&login).await?.ok_or(Problem::Unknown)?;
    match state.accounts.reset_factor(actor.login(), &login, confirmed.fields.get("reason")).await {
        Ok(()) => Ok(Done::FactorReset.redirect(&format!("/console/accounts/{login}")).into_response()),
        Err(FactorRefusal::Store(error)) => Err(error.into()),
        Err(refusal) => {
            let layout = context.layout(Tab::Accounts).refused(refusal.words(w));
            let again = page(&account_page(state, w, actor, layout, AccountForm::of(&account), None).await?)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "console/staff/one_time_password.html")]
struct GivenPage<'a> {
    w: Localizer,
    layout: Layout,
    login: &'a str,
    password: &'a str,
    /// What to do with it, and for how many days it works.
    means: String,
}

/// Shows a one-time password, once.
fn given(
    w: Localizer,
    actor: &Actor,
    login: &str,
    password: &OneTimePassword,
    disclosure: &Disclosure,
) -> Result<Response, Problem> {
    let (layout, password) = (Layout::new(w, actor, Tab::Accounts), password.shown(disclosure));
    let means = w.with("console-given-means", &[("days", &GIVEN_DAYS.to_string())]);
    page(&GivenPage { w, layout, login, password, means })
}

impl AccountForm {
    fn read(fields: &FormFields, login: &str) -> Self {
        Self {
            login: login.into(),
            name: fields.get("name").into(),
            role: fields.get("role").into(),
            institutions: fields.get("institutions").into(),
            nodes: fields.pairs().iter().filter(|(name, _)| name == "node").map(|(_, code)| code.clone()).collect(),
            is_disabled: fields.is_ticked("disabled"),
        }
    }

    fn of(account: &Account) -> Self {
        Self {
            login: account.login.clone(),
            name: account.display_name.clone(),
            role: account.role.as_str().into(),
            institutions: account.scope.codes().join(", "),
            nodes: vec![],
            is_disabled: account.disabled,
        }
    }

    /// The registered institutions and units, with those ticked that the form names, which it then no longer has as
    /// text. `asked` is the node whose units are shown.
    async fn choices(
        &mut self,
        state: &AppState,
        institutions: Vec<RegistryNode>,
        asked: Option<&str>,
    ) -> Result<NodeChoices, Problem> {
        let mut named = match self.scope() {
            Scope::All => vec![],
            Scope::Nodes(codes) => codes,
        };
        let mut choice = |node: RegistryNode| {
            let is_chosen = named.contains(&node.code);
            named.retain(|code| *code != node.code);
            NodeChoice { is_chosen, code: node.code, name: node.name }
        };
        let institutions = institutions.into_iter().map(&mut choice).collect();
        let below = match asked {
            Some(node) => {
                let units: Vec<NodeChoice> =
                    state.accounts.nodes_below(node).await?.into_iter().map(&mut choice).collect();
                Some(UnitsBelow { of: state.accounts.node_path(node).await?, units })
            }
            None => None,
        };
        let mut chosen = vec![];
        for code in named.clone() {
            if code.contains('/') && state.accounts.node(&code).await?.is_some() {
                let name = state.accounts.node_path(&code).await?;
                named.retain(|named| *named != code);
                chosen.push(NodeChoice { code, name, is_chosen: true });
            }
        }
        if self.institutions.trim() != "*" {
            self.institutions = named.join(", ");
        }
        Ok(NodeChoices { chosen, institutions, below: below.filter(|below| !below.units.is_empty()) })
    }

    /// What is ticked, and as text: `*` is all institutions; else codes apart by commas or spaces.
    fn scope(&self) -> Scope {
        if self.institutions.trim() == "*" {
            return Scope::All;
        }
        let codes = self.institutions.split([',', ' ', ';', '\n', '\r']).filter(|code| !code.is_empty());
        let mut all: Vec<String> = self.nodes.clone();
        all.extend(codes.map(str::to_string));
        let mut seen = HashSet::new();
        all.retain(|code| seen.insert(code.clone()));
        Scope::Nodes(all)
    }
}

async fn account_page(
    state: &AppState,
    w: Localizer,
    actor: &Actor,
    layout: Layout,
    mut form: AccountForm,
    asked: Option<&str>,
) -> Result<AccountPage, Problem> {
    let institutions = state.accounts.institutions().await?;
    let undecided = undecided_words(w, &form.scope(), &institutions);
    let nodes = form.choices(state, institutions, asked).await?;
    let needs_password = actor.0.needs_password(DisclosureSize::Many, state.now());
    let has_factor = state.accounts.has_factor(&form.login).await?;
    let sessions = rows(state, w, actor, &form.login).await?;
    let own_path = format!("/console/accounts/{}", form.login);
    let path = format!("{own_path}/sessions");
    let is_own = form.login == actor.login();
    let roles = roles(w);
    Ok(AccountPage {
        w,
        layout,
        undecided,
        roles,
        nodes,
        form,
        needs_password,
        has_factor,
        sessions,
        path,
        own_path,
        is_own,
    })
}

async fn accounts_page(
    state: &AppState,
    w: Localizer,
    actor: &Actor,
    layout: Layout,
    mut form: AccountForm,
    asked: Option<&str>,
) -> Result<AccountsPage, Problem> {
    let institutions = state.accounts.institutions().await?;
    let needs_password = actor.0.needs_password(DisclosureSize::Many, state.now());
    let accounts = state.accounts.list().await?;
    let row = |account: Account| AccountRow {
        role: role_words(account.role, w),
        institutions: if account.scope == Scope::All {
            w.t("console-accounts-all")
        } else {
            account.scope.codes().join(", ")
        },
        undecided: undecided_words(w, &account.scope, &institutions),
        is_disabled: account.disabled,
        must_change: account.must_change_password,
        login: account.login,
        name: account.display_name,
    };
    let accounts = accounts.into_iter().map(row).collect();
    let nodes = form.choices(state, institutions, asked).await?;
    let factor_required = state.config.second_factor == SecondFactorPolicy::Required;
    let own_path = "/console/accounts".to_owned();
    Ok(AccountsPage { w, layout, accounts, roles: roles(w), nodes, form, needs_password, own_path, factor_required })
}

/// What has to be decided of a scope from before institutions were registered: the code of several was given.
fn undecided_words(w: Localizer, scope: &Scope, institutions: &[RegistryNode]) -> Vec<String> {
    let Scope::Nodes(codes) = scope else { return vec![] };
    let words = codes.iter().filter_map(|code| {
        let meant: Vec<String> =
            undecided(code, institutions).into_iter().map(|node| format!("{} {}", node.code, node.name)).collect();
        let told = [("code", code.as_str()), ("institutions", &meant.join(", "))];
        (!meant.is_empty()).then(|| w.with("console-account-undecided", &told))
    });
    words.collect()
}

fn roles(w: Localizer) -> Vec<RoleChoice> {
    Role::ALL.map(|role| RoleChoice { value: role.as_str(), words: role_words(role, w) }).into()
}

fn words(fault: AccountRefusal, w: Localizer) -> Result<String, Problem> {
    match fault {
        AccountRefusal::Store(error) => Err(error.into()),
        AccountRefusal::Unknown => Err(Problem::Unknown),
        AccountRefusal::Busy { retry_after_secs } => Err(Problem::Busy { retry_after_secs }),
        other => Ok(other.words(w)),
    }
}
