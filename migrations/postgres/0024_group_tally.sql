-- Pledges by reporting group that the embedded database counted, one number for each group by its index
-- (src/store/sql/group_tally.rs), in one row. What PostgreSQL counts is in reporting_group.signed: nodes of an earlier program read
-- and write it. The number of a group is the sum of both.
CREATE TABLE group_tally (
    campaign_id BYTEA NOT NULL,
    signed BYTEA NOT NULL,
    PRIMARY KEY (campaign_id)
);
