//! The processes of a run: the servers under load, the servers that measure the ceilings, and PostgreSQL.

pub mod child_guard;
pub mod cpu_time;
pub mod echo_server;
pub mod environment;
pub mod noop_store;
pub mod pgbench;
pub mod procfs;
pub mod sqlite_wal;
pub mod temporary_postgres;
