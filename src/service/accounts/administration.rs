//! Account administration: the first account, new accounts, changes, and resets of forgotten passwords.

use super::{Accounts, ConsoleSignInRefusal, password};
use crate::domain::account::{Account, DISPLAY_NAME_CHARS_MAX, Role, Scope, is_login};
use crate::domain::audit::AuditEvent;
use crate::domain::characters::kept_line;
use crate::domain::disclosure::OneTimePassword;
use crate::domain::registry::{RegistryNode, TOP_NODE, node_number, parent_node};
use crate::domain::unit::{BETWEEN_UNITS, UNIT_LEVELS_MAX};
use crate::fair_permits::Requester;
use crate::store::StoreError;
use zeroize::Zeroizing;

/// Login of the account that a new installation starts with.
pub const FIRST_LOGIN: &str = "admin";
/// Accounts of one installation, disabled ones included. Beyond it [`AccountRefusal::Full`].
pub const ACCOUNTS_MAX: usize = 2_000;
/// Seconds for which a one-time password opens the page that changes it.
pub const GIVEN_SECS: i64 = GIVEN_DAYS * 24 * 3_600;
/// Days for which a one-time password works, for messages.
pub const GIVEN_DAYS: i64 = 7;

/// Why an account wasn't created or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountRefusal {
    /// The login isn't 2-40 characters of `a-z 0-9 . _ - @` or doesn't start with a letter or digit. The organizer
    /// chooses another.
    #[error("a login has 2-40 of a-z 0-9 . _ - @ and begins with a letter or digit")]
    Login,
    /// The display name is empty, has more than [`DISPLAY_NAME_CHARS_MAX`] characters, or has characters that
    /// [`kept_line`] refuses. The organizer changes it.
    #[error("a name has 1-{DISPLAY_NAME_CHARS_MAX} characters")]
    Name,
    /// An operator or viewer has no institution and would see nothing. The organizer assigns at least one.
    #[error("an operator or viewer of no institution would see nothing")]
    Scope,
    /// The scope names a node that isn't registered. The organizer chooses another.
    #[error("there is no node of this code")]
    NoNode(String),
    /// Another account has this login. The organizer chooses another.
    #[error("this login is taken")]
    Taken,
    /// No account has this login. The organizer's list is out of date.
    #[error("there is no account with this login")]
    Unknown,
    /// The change would disable or demote the last organizer who can sign in. Another organizer must be added first.
    #[error("this is the last organizer who can sign in")]
    LastOrganizer,
    /// The installation already has `ACCOUNTS_MAX` accounts.
    #[error("there are too many accounts")]
    Full,
    /// Too many passwords wait to be hashed. Nothing was changed; the client retries later.
    #[error("the service is busy")]
    Busy {
        /// Seconds after which the client may retry.
        retry_after_secs: u32,
    },
    /// The database failed. The client retries later.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Accounts {
    /// Creates the first organizer if the installation has none, and returns its login and one-time password.
    pub async fn first_run(&self, actor: &str) -> Result<Option<(String, OneTimePassword)>, AccountRefusal> {
        if self.has_organizer().await? {
            return Ok(None);
        }
        match self.add(actor, FIRST_LOGIN, "Administrator", Role::Organizer, Scope::All).await {
            Ok(password) => Ok(Some((FIRST_LOGIN.into(), password))),
            // Another node started at the same moment and prints the password.
            Err(AccountRefusal::Taken) if self.has_organizer().await? => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// The institutions that are registered, of which accounts are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn institutions(&self) -> Result<Vec<RegistryNode>, StoreError> {
        self.store.registry_nodes(TOP_NODE).await
    }

    /// The node of the registry with this code.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn node(&self, code: &str) -> Result<Option<RegistryNode>, StoreError> {
        self.store.registry_node(code).await
    }

    /// The units that are registered directly below this node of the registry, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn nodes_below(&self, node: &str) -> Result<Vec<RegistryNode>, StoreError> {
        if node == TOP_NODE {
            return Ok(vec![]);
        }
        let mut nodes = self.store.registry_nodes(node).await?;
        nodes.sort_by_key(|below| node_number(&below.code));
        Ok(nodes)
    }

    /// The path of a node's names, such as `Kota Contoh / Dinas Sosial`. What isn't registered shows its code.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn node_path(&self, node: &str) -> Result<String, StoreError> {
        let mut above: Vec<&str> =
            std::iter::successors(Some(node), |node| Some(parent_node(node)).filter(|above| *above != TOP_NODE))
                .take(UNIT_LEVELS_MAX + 1)
                .collect();
        above.reverse();
        let mut names = vec![];
        for node in above {
            names.push(self.node(node).await?.map_or_else(|| node.to_owned(), |known| known.name));
        }
        Ok(names.join(BETWEEN_UNITS))
    }

    /// A code of an institution may be given before its first import; one of a unit would be that of whichever is
    /// registered next.
    async fn require_nodes(&self, scope: &Scope) -> Result<(), AccountRefusal> {
        let Scope::Nodes(codes) = scope else { return Ok(()) };
        for code in codes.iter().filter(|code| code.contains(['/', '~'])) {
            if self.node(code).await?.is_none() {
                return Err(AccountRefusal::NoNode(code.clone()));
            }
        }
        Ok(())
    }

    async fn has_organizer(&self) -> Result<bool, StoreError> {
        Ok(self.store.accounts().await?.iter().any(|account| account.role == Role::Organizer))
    }

    /// Creates an account and returns its one-time password. An organizer sees all institutions, whatever `scope` says.
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
        self.require_nodes(&scope).await?;
        let account = Account {
            login: login.into(),
            display_name: checked_name(display_name)?,
            role,
            scope: checked_scope(role, scope)?,
            must_change_password: true,
            one_time_until: Some(self.now().plus_secs(GIVEN_SECS)),
            disabled: false,
            created_at: self.now(),
        };
        let (password, hash) = self.drawn(actor).await?;
        let scope = account.scope.codes();
        let event = AuditEvent::AccountAdded { login: login.into(), role: role.as_str().into(), scope };
        self.store.add_account(&account, &hash, &self.line(None, actor, event)).await.map_err(|error| match error {
            StoreError::Conflict => AccountRefusal::Taken,
            other => AccountRefusal::Store(other),
        })?;
        Ok(OneTimePassword::new(password))
    }

    /// Sets a new one-time password for an account and ends its sessions.
    pub async fn reset(&self, actor: &str, login: &str) -> Result<OneTimePassword, AccountRefusal> {
        let (password, hash) = self.drawn(actor).await?;
        let audit = self.line(None, actor, AuditEvent::AccountReset { login: login.into() });
        let until = self.now().plus_secs(GIVEN_SECS);
        let _changing = self.recent_sessions.changing();
        self.store.set_password(login, &hash, Some(until), &audit).await.map_err(unknown)?;
        Ok(OneTimePassword::new(password))
    }

    /// Called at the start: one-time passwords that an earlier program set without an end get one, `GIVEN_SECS` from
    /// now. A full disk doesn't prevent the start; the next start repeats this.
    pub async fn end_given_passwords(&self) -> Result<(), StoreError> {
        match self.store.end_given_passwords(self.now().plus_secs(GIVEN_SECS)).await {
            Err(error @ StoreError::Storage(_)) => {
                tracing::warn!(%error, "given passwords of an earlier program have no end yet");
                Ok(())
            }
            ended => ended.map(|_| ()),
        }
    }

    /// Draws a one-time password and hashes it. Hashing takes a permit, as for every other password.
    async fn drawn(&self, actor: &str) -> Result<(Zeroizing<String>, String), AccountRefusal> {
        let password = password::one_time(&self.entropy);
        let (typed, entropy) = (password.clone(), self.entropy.clone());
        let hash = self.hashed(Requester::Account(actor), move || password::hash(&typed, &entropy)).await?;
        Ok((password, hash))
    }

    /// Changes an account's name, role or scope, or whether it is disabled.
    pub async fn save(&self, actor: &str, changed: &Account) -> Result<(), AccountRefusal> {
        let others = self.store.accounts().await?;
        let leads = |account: &Account| account.role == Role::Organizer && !account.disabled;
        if !leads(changed) && !others.iter().any(|other| other.login != changed.login && leads(other)) {
            return Err(AccountRefusal::LastOrganizer);
        }
        self.require_nodes(&changed.scope).await?;
        let account = Account {
            display_name: checked_name(&changed.display_name)?,
            scope: checked_scope(changed.role, changed.scope.clone())?,
            ..changed.clone()
        };
        let before = others.iter().find(|before| before.login == account.login);
        let event = AuditEvent::AccountChanged {
            login: account.login.clone(),
            role: account.role.as_str().into(),
            disabled: account.disabled,
            role_before: before.map(|before| before.role.as_str().into()).unwrap_or_default(),
            scope: account.scope.codes(),
            scope_before: before.map(|before| before.scope.codes()).unwrap_or_default(),
        };
        let _changing = self.recent_sessions.changing();
        self.store.save_account(&account, &self.line(None, actor, event)).await.map_err(unknown)
    }

    /// All accounts, disabled ones included. Fails only when the database does.
    pub async fn list(&self) -> Result<Vec<Account>, StoreError> {
        self.store.accounts().await
    }

    /// The account with this login, disabled or not; `None` if there is none. Fails only when the database does.
    pub async fn find(&self, login: &str) -> Result<Option<Account>, StoreError> {
        Ok(self.store.account(login).await?.map(|(account, _)| account))
    }
}

impl From<ConsoleSignInRefusal> for AccountRefusal {
    fn from(refusal: ConsoleSignInRefusal) -> Self {
        match refusal {
            ConsoleSignInRefusal::Store(error) => Self::Store(error),
            ConsoleSignInRefusal::Busy { retry_after_secs } => Self::Busy { retry_after_secs },
            // Only a sign-in returns these; hashing doesn't.
            ConsoleSignInRefusal::Wrong
            | ConsoleSignInRefusal::TooMany
            | ConsoleSignInRefusal::Expired
            | ConsoleSignInRefusal::CodeNeeded { .. } => Self::Unknown,
        }
    }
}

fn unknown(error: StoreError) -> AccountRefusal {
    match error {
        StoreError::Conflict => AccountRefusal::Unknown,
        other => AccountRefusal::Store(other),
    }
}

fn checked_name(name: &str) -> Result<String, AccountRefusal> {
    let name = kept_line(name).map_err(|_| AccountRefusal::Name)?;
    if (1..=DISPLAY_NAME_CHARS_MAX).contains(&name.chars().count()) { Ok(name) } else { Err(AccountRefusal::Name) }
}

fn checked_scope(role: Role, scope: Scope) -> Result<Scope, AccountRefusal> {
    match (role, scope) {
        (Role::Organizer, _) => Ok(Scope::All),
        (_, Scope::Nodes(codes)) if codes.is_empty() => Err(AccountRefusal::Scope),
        (_, scope) => Ok(scope),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Entropy, FixedClock};
    use crate::domain::disclosure::Disclosure;
    use crate::keyring::Keyring;
    use crate::service::accounts::{AccountRules, HASHING_MAX, WAITING_MAX};
    use crate::store::sqlite::Sqlite;
    use crate::store::wrong_attempt_channel::WrongAttemptSender;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::time::timeout;

    /// Much longer than an answer that needs no permit takes.
    const WITHOUT_A_PLACE: Duration = Duration::from_secs(2);

    async fn accounts(folder: &tempfile::TempDir) -> Accounts {
        let store = Arc::new(Sqlite::open(&folder.path().join("ikrar.sqlite")).await.unwrap());
        let rules = AccountRules { host: "127.0.0.1:8080", factor_required: false };
        let (clock, entropy) = (Arc::new(FixedClock::at(1_864_605_600_000)), Arc::new(Entropy::seeded(1)));
        let keyring = Arc::new(Keyring::generate(&[7; 128]));
        Accounts::new(store, clock, entropy, keyring, &rules, [7; 32], WrongAttemptSender::default())
    }

    #[tokio::test]
    async fn a_given_password_waits_for_a_place_as_every_other_does() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = accounts(&folder).await;
        accounts.add("bkd", "kota", "Kota", Role::Operator, Scope::All).await.unwrap();
        let logins: Vec<String> = (0..HASHING_MAX).map(|number| format!("orang-{number}")).collect();
        let mut held = vec![];
        for login in &logins {
            held.push(accounts.hashing.acquire(Requester::Account(login)).await.unwrap());
        }
        let reset = accounts.reset("bkd", "kota");
        tokio::pin!(reset);
        assert!(timeout(WITHOUT_A_PLACE, &mut reset).await.is_err(), "a reset hashes without a place");
        let added = accounts.add("dinas", "baru", "Baru", Role::Operator, Scope::All);
        tokio::pin!(added);
        assert!(timeout(WITHOUT_A_PLACE, &mut added).await.is_err(), "a new account is hashed without a place");
        drop(held);
        let (reset, added) = tokio::join!(reset, added);
        let shown =
            |given: Result<OneTimePassword, AccountRefusal>| given.unwrap().shown(&Disclosure::to_the_operator()).len();
        assert_eq!((shown(reset), shown(added)), (19, 19));
        assert!(accounts.find("baru").await.unwrap().is_some());
    }

    /// Otherwise a busy machine, where hashing takes longer than the padding, would reveal which logins exist.
    #[tokio::test]
    async fn a_password_for_a_login_that_nobody_has_is_hashed_as_every_other_is() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = accounts(&folder).await;
        accounts.add("bkd", "kota", "Kota", Role::Operator, Scope::All).await.unwrap();
        let address = [192, 0, 2, 1].into();
        let mut held = vec![];
        for number in 0..HASHING_MAX {
            held.push(accounts.hashing.acquire(Requester::Account(&format!("orang-{number}"))).await.unwrap());
        }
        for login in ["kota", "tidak.ada"] {
            let entering = accounts.sign_in(address, login, "salah sama sekali", &[]);
            assert!(timeout(WITHOUT_A_PLACE, entering).await.is_err(), "{login} is answered without a place");
        }
        drop(held);
        let entered = accounts.sign_in(address, "tidak.ada", "salah sama sekali", &[]).await;
        assert!(matches!(entered, Err(ConsoleSignInRefusal::Wrong)));
    }

    #[tokio::test]
    async fn whoever_gives_too_many_passwords_at_once_is_told_to_come_again() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = accounts(&folder).await;
        let _held = accounts.hashing.acquire(Requester::Account("bkd")).await.unwrap();
        let mut waiting = vec![];
        for _ in 0..WAITING_MAX / 2 {
            let mut reset = Box::pin(accounts.reset("bkd", "kota"));
            assert!(timeout(Duration::ZERO, &mut reset).await.is_err());
            waiting.push(reset);
        }
        let refused = accounts.reset("bkd", "kota").await;
        assert!(matches!(refused, Err(AccountRefusal::Busy { .. })));
        // Another account has its own share.
        assert!(matches!(accounts.reset("dinas", "kota").await, Err(AccountRefusal::Unknown)));
    }
}
