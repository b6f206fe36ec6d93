//! Accounts as the organizer keeps them: the first one, new ones, changed ones, forgotten passwords.

use super::{Accounts, password};
use crate::domain::account::{Account, DISPLAY_NAME_CHARS_MAX, Role, Scope, is_login};
use crate::domain::audit::Event;
use crate::domain::disclosure::OneTimePassword;
use crate::domain::text::is_keepable;
use crate::store::StoreError;

/// Login of the account that a new installation begins with.
const FIRST_LOGIN: &str = "admin";
pub const ACCOUNTS_MAX: usize = 2_000;

/// Why an account wasn't made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountRefusal {
    #[error("a login has 2-40 of a-z 0-9 . _ - @ and begins with a letter or digit")]
    Login,
    #[error("a name has 1-{DISPLAY_NAME_CHARS_MAX} characters")]
    Name,
    #[error("an operator or viewer of no institution would see nothing")]
    Scope,
    #[error("this login is taken")]
    Taken,
    #[error("there is no account with this login")]
    Unknown,
    #[error("this is the last organizer who can sign in")]
    LastOrganizer,
    #[error("there are too many accounts")]
    Full,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Accounts {
    /// Where there is no organizer yet: makes the first one and answers login and one-time password.
    pub async fn first_run(&self, actor: &str) -> Result<Option<(String, OneTimePassword)>, AccountRefusal> {
        if self.has_organizer().await? {
            return Ok(None);
        }
        match self.add(actor, FIRST_LOGIN, "Administrator", Role::Organizer, Scope::All).await {
            Ok(password) => Ok(Some((FIRST_LOGIN.into(), password))),
            // Another node started in the same moment, and prints the password.
            Err(AccountRefusal::Taken) if self.has_organizer().await? => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    async fn has_organizer(&self) -> Result<bool, StoreError> {
        Ok(self.store.accounts().await?.iter().any(|account| account.role == Role::Organizer))
    }

    /// Makes an account and answers its one-time password. An organizer sees all institutions.
    pub async fn add(
        &self,
        actor: &str,
        login: &str,
        display_name: &str,
        role: Role,
        scope: Scope,
    ) -> Result<OneTimePassword, AccountRefusal> {
        if !is_login(login) {
            return Err(AccountRefusal::Login);
        }
        if self.store.accounts().await?.len() >= ACCOUNTS_MAX {
            return Err(AccountRefusal::Full);
        }
        let account = Account {
            login: login.into(),
            display_name: checked_name(display_name)?,
            role,
            scope: checked_scope(role, scope)?,
            must_change: true,
            disabled: false,
            created_at: self.now(),
        };
        let password = password::one_time(&self.entropy);
        let hash = password::hash(&password, &self.entropy);
        let scope = account.scope.codes();
        let event = Event::AccountAdded { login: login.into(), role: role.as_str().into(), scope };
        self.store.add_account(&account, &hash, &self.line(None, actor, event)).await.map_err(|error| match error {
            StoreError::Conflict => AccountRefusal::Taken,
            other => AccountRefusal::Store(other),
        })?;
        Ok(OneTimePassword::new(password))
    }

    /// Gives an account a new one-time password and ends its sessions.
    pub async fn reset(&self, actor: &str, login: &str) -> Result<OneTimePassword, AccountRefusal> {
        let password = password::one_time(&self.entropy);
        let hash = password::hash(&password, &self.entropy);
        let audit = self.line(None, actor, Event::AccountReset { login: login.into() });
        self.store.set_password(login, &hash, true, &audit).await.map_err(unknown)?;
        Ok(OneTimePassword::new(password))
    }

    /// Changes name, role, scope, or whether the account is disabled.
    pub async fn save(&self, actor: &str, changed: &Account) -> Result<(), AccountRefusal> {
        let others = self.store.accounts().await?;
        let leads = |account: &Account| account.role == Role::Organizer && !account.disabled;
        if !leads(changed) && !others.iter().any(|other| other.login != changed.login && leads(other)) {
            return Err(AccountRefusal::LastOrganizer);
        }
        let account = Account {
            display_name: checked_name(&changed.display_name)?,
            scope: checked_scope(changed.role, changed.scope.clone())?,
            ..changed.clone()
        };
        let before = others.iter().find(|before| before.login == account.login);
        let event = Event::AccountChanged {
            login: account.login.clone(),
            role: account.role.as_str().into(),
            disabled: account.disabled,
            role_before: before.map(|before| before.role.as_str().into()).unwrap_or_default(),
            scope: account.scope.codes(),
            scope_before: before.map(|before| before.scope.codes()).unwrap_or_default(),
        };
        self.store.save_account(&account, &self.line(None, actor, event)).await.map_err(unknown)
    }

    pub async fn list(&self) -> Result<Vec<Account>, StoreError> {
        self.store.accounts().await
    }

    pub async fn find(&self, login: &str) -> Result<Option<Account>, StoreError> {
        Ok(self.store.account(login).await?.map(|(account, _)| account))
    }
}

fn unknown(error: StoreError) -> AccountRefusal {
    match error {
        StoreError::Conflict => AccountRefusal::Unknown,
        other => AccountRefusal::Store(other),
    }
}

fn checked_name(name: &str) -> Result<String, AccountRefusal> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = (1..=DISPLAY_NAME_CHARS_MAX).contains(&name.chars().count()) && is_keepable(&name);
    if fits { Ok(name) } else { Err(AccountRefusal::Name) }
}

fn checked_scope(role: Role, scope: Scope) -> Result<Scope, AccountRefusal> {
    match (role, scope) {
        (Role::Organizer, _) => Ok(Scope::All),
        (_, Scope::Institutions(codes)) if codes.is_empty() => Err(AccountRefusal::Scope),
        (_, scope) => Ok(scope),
    }
}
