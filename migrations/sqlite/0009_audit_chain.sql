-- The audit trail as a chain: place counts a trail's lines from 1, line_hash covers the line and the hash before it (byte layout in
-- src/domain/audit_chain.rs). Both are NULL in a line of an earlier program until it is chained.
ALTER TABLE audit ADD COLUMN place BIGINT;
ALTER TABLE audit ADD COLUMN line_hash BLOB;
CREATE INDEX audit_by_place ON audit (campaign_id, place);
CREATE INDEX audit_waiting ON audit (campaign_id, audit_id) WHERE place IS NULL;

-- The end of each trail. Whoever writes a line holds this row, as the last lock that a transaction takes. newest is the highest
-- audit_id among the lines.
CREATE TABLE audit_head (
    campaign_id BLOB NOT NULL PRIMARY KEY,
    lines BIGINT NOT NULL,
    newest BLOB NOT NULL,
    line_hash BLOB NOT NULL
);
