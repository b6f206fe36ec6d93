-- Rows in the order in which they came, as PostgreSQL keeps them. Kept in the order of people, each pledge of a batch changed
-- a page of its own among all pledges; now only a page among the keys, which are a tenth of that.
ALTER TABLE pledge RENAME TO pledge_by_person;
DROP INDEX pledge_by_id;
CREATE TABLE pledge (
    campaign_id BLOB NOT NULL,
    participant_id BLOB NOT NULL,
    pledge_id BLOB NOT NULL,
    log_index BIGINT NOT NULL,
    signed_count BIGINT NOT NULL,
    signed_at BIGINT NOT NULL,
    text_hash BLOB NOT NULL,
    method BIGINT NOT NULL,
    credential BLOB NOT NULL,
    pledge_salt BLOB NOT NULL,
    strokes BLOB,
    PRIMARY KEY (campaign_id, participant_id)
);
INSERT INTO pledge SELECT campaign_id, participant_id, pledge_id, log_index, signed_count, signed_at, text_hash, method, credential,
    pledge_salt, strokes FROM pledge_by_person ORDER BY campaign_id, log_index;
DROP TABLE pledge_by_person;
CREATE UNIQUE INDEX pledge_by_id ON pledge (pledge_id, campaign_id);
