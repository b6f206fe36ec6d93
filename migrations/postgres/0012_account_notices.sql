-- Where a password must be changed: until when it opens the page that changes it, where somebody else gave it; 0: an earlier
-- program noted no end; -1: it is the owner's own.
ALTER TABLE account ADD COLUMN given_until BIGINT NOT NULL DEFAULT 0;

-- What became of an account and of what it signs in with, for its owner: one row for each kind of event, with the last such event
-- (as the audit trail has it), how often since first_at, and whether the owner has read it.
CREATE TABLE account_notice (
    login TEXT COLLATE "C" NOT NULL,
    event TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    times BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    is_read BOOLEAN NOT NULL,
    PRIMARY KEY (login, event)
);
