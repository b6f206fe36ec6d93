-- The nodes that serve the installation now, and the ids of the keys that each knows (parted by spaces). node_id is drawn when a
-- node starts; seen_at is by the database's clock where it has one of its own.
CREATE TABLE node (
    node_id BLOB NOT NULL,
    keys TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (node_id)
);
-- The rotated keys that have begun to be used: a row is written once every live node knows the key, and never taken back.
CREATE TABLE key_in_use (
    role TEXT NOT NULL,
    kid TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (role, kid)
);
-- The key that signs the event's logs; none is the installation's first log key.
ALTER TABLE campaign ADD COLUMN log_key TEXT;
