//! The client side of a run: connections, and the requests sent over them.

pub mod bounded_tasks;
pub mod client_pool;
pub mod file_descriptors;
pub mod form_encoding;
pub mod http_connection;
pub mod tls_connection;
