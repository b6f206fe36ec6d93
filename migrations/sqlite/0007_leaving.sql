-- Sessions that were left before they expired. sessions are 24 bytes each, big-endian: the first 16 bytes of the token's MAC,
-- which open nothing and name nobody, and its expiry i64. node is drawn when a node starts; it numbers its rows from 0 without
-- a gap, so that whoever has read up to a number has missed none.
CREATE TABLE left_session (
    node BLOB NOT NULL,
    number BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    sessions BLOB NOT NULL,
    PRIMARY KEY (node, number)
);
-- The number behind each node's last row, and when the last of its sessions expires.
CREATE TABLE left_node (
    node BLOB NOT NULL,
    next_number BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (node)
);
