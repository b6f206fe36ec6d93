-- SHA-256 over what a locked roster says of people and units beyond its log (src/domain/roster_digest.rs), and the root of the roster
-- log as that locking left it: a digest of an earlier locking says nothing.
CREATE TABLE roster_digest (
    campaign_id BYTEA NOT NULL PRIMARY KEY,
    root BYTEA NOT NULL,
    digest BYTEA NOT NULL
);
