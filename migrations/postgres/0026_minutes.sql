-- Minutes as they were made, with their files, which never change; and the copies of them that were signed elsewhere and sent back.
-- is_extension is 1 where a copy is the minutes' own file with something added to it, else 0.
CREATE TABLE minutes (
    campaign_id BYTEA NOT NULL,
    edition BIGINT NOT NULL,
    letter_number TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    sha256 BYTEA NOT NULL,
    file BYTEA NOT NULL,
    seal_key TEXT COLLATE "C" NOT NULL,
    made_at BIGINT NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (campaign_id, edition)
);
CREATE TABLE minutes_copy (
    campaign_id BYTEA NOT NULL,
    edition BIGINT NOT NULL,
    number BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    file BYTEA NOT NULL,
    is_extension BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    sent_by TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (campaign_id, edition, number)
);
