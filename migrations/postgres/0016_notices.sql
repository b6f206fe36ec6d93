-- What changed on a locked roster, and which pledges were revoked: the rows behind the notices log (log 3). details is canonical
-- JSON; the leaf commits to it under the salt (src/domain/leaf.rs).
CREATE TABLE notice (
    campaign_id BYTEA NOT NULL,
    notice_index BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    at BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    other BIGINT NOT NULL,
    participant_id BYTEA NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    details TEXT COLLATE "C" NOT NULL,
    salt BYTEA NOT NULL,
    PRIMARY KEY (campaign_id, notice_index)
);
CREATE INDEX notice_by_slot ON notice (campaign_id, slot);

-- Identifies one locking of the roster: the first 8 bytes of the roster log's root as that locking left it. It stays when people are
-- added. NULL in a draft.
ALTER TABLE campaign ADD COLUMN roster_epoch BYTEA;
UPDATE campaign SET roster_epoch = (SELECT SUBSTR(h.root, 1, 8) FROM log_head h
    WHERE h.campaign_id = campaign.campaign_id AND h.log = 2);

-- People who were added to the group after the lock, without those whose addition was undone; eligible stays as it was locked.
ALTER TABLE reporting_group ADD COLUMN added BIGINT NOT NULL DEFAULT 0;

-- code_version now has a row for everybody whose code was issued again or whose row changed after the lock. place_version rises
-- with each change of the row or of the standing; standing: 0 listed, 1 excused, 2 added and withdrawn.
ALTER TABLE code_version ADD COLUMN place_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE code_version ADD COLUMN standing BIGINT NOT NULL DEFAULT 0;
