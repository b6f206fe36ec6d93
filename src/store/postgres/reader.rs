//! A connection to read with.

use super::Connection;
use crate::store::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPool;
use std::ops::{Deref, DerefMut};

/// A pooler hands the parts of a statement to whatever server connection is free, unless a transaction holds them together.
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; \
     SET LOCAL statement_timeout = 60000; \
     SET LOCAL idle_in_transaction_session_timeout = 60000; \
     SET LOCAL enable_seqscan = off";

/// A connection, or behind a pooler a transaction, which ends when it is dropped.
pub(super) enum Reader {
    Session(PoolConnection<sqlx::Postgres>),
    Transaction(super::Transaction<'static>),
}

impl Reader {
    pub(super) async fn take(pool: &PgPool, pooled: bool) -> Result<Self, StoreError> {
        Ok(if pooled {
            Self::Transaction(pool.begin_with(BEGIN_READ).await?)
        } else {
            Self::Session(pool.acquire().await?)
        })
    }
}

impl Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::Session(connection) => connection,
            Self::Transaction(tx) => tx,
        }
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut Connection {
        match self {
            Self::Session(connection) => connection,
            Self::Transaction(tx) => tx,
        }
    }
}
