-- Pledges by reporting group since there is this table, one number for each group by its index (src/store/sql/group_tally.rs), in one
-- row: a batch of a province touches hundreds of groups. What an earlier program counted stays in reporting_group.signed, and what is
-- counted in PostgreSQL stands there too; the number of a group is the sum of both.
CREATE TABLE group_tally (
    campaign_id BLOB NOT NULL,
    signed BLOB NOT NULL,
    PRIMARY KEY (campaign_id)
) WITHOUT ROWID;
