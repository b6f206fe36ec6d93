-- Types are BYTEA, TEXT, BIGINT (epoch milliseconds where it is a time) and BOOLEAN; no sequences, triggers or defaults
-- that draw time or randomness. campaign_id leads every key of a table that has one. Text sorts by its bytes, whatever the
-- server's language, as it does in the embedded database.

-- One row per campaign. Its row is the lock that orders batches and state changes.
CREATE TABLE campaign (
    campaign_id BYTEA NOT NULL PRIMARY KEY,
    slug TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    settings TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    opens_at BIGINT,
    closes_at BIGINT,
    text_hash BYTEA,
    sealed_secret BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- Global: which campaign a slug names.
CREATE TABLE slug (
    slug TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    target BYTEA NOT NULL
);

-- Global: every canonical text ever fixed, kept for ever under its hash.
CREATE TABLE canonical_text (
    text_hash BYTEA NOT NULL PRIMARY KEY,
    canonical TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

-- The versions of a campaign's text, with placeholders as the organizer wrote them.
CREATE TABLE text_version (
    campaign_id BYTEA NOT NULL,
    version BIGINT NOT NULL,
    text_hash BYTEA NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (campaign_id, version)
);

-- roster_id is the import whose people the institution has now; NULL before the first. next_number is the lowest
-- participant number that the institution has never given.
CREATE TABLE institution (
    campaign_id BYTEA NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    help_contact TEXT COLLATE "C" NOT NULL,
    group_index BIGINT,
    roster_id BYTEA,
    next_number BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (campaign_id, code)
);

-- A reporting group, fixed when the campaign is locked, with its running numbers.
CREATE TABLE reporting_group (
    campaign_id BYTEA NOT NULL,
    group_index BIGINT NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    eligible BIGINT NOT NULL,
    signed BIGINT NOT NULL,
    excused BIGINT NOT NULL,
    revoked BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, group_index)
);

CREATE TABLE roster_import (
    campaign_id BYTEA NOT NULL,
    roster_id BYTEA NOT NULL,
    institution TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    people BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    started_by TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (campaign_id, roster_id)
);

-- Who is locking a roster right now; a later claim voids an earlier one.
CREATE TABLE roster_lock (
    campaign_id BYTEA NOT NULL PRIMARY KEY,
    token BYTEA NOT NULL,
    started_at BIGINT NOT NULL
);

CREATE TABLE unit (
    campaign_id BYTEA NOT NULL,
    roster_id BYTEA NOT NULL,
    unit_id BIGINT NOT NULL,
    institution TEXT COLLATE "C" NOT NULL,
    parent BIGINT,
    name TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (campaign_id, roster_id, unit_id)
);

-- A person on a roster. Rows of a roster that no institution points to are invisible and get purged.
-- slot, group_index and roster_salt are set when the campaign is locked.
CREATE TABLE participant (
    campaign_id BYTEA NOT NULL,
    participant_id BYTEA NOT NULL,
    roster_id BYTEA NOT NULL,
    institution TEXT COLLATE "C" NOT NULL,
    unit_id BIGINT,
    identifier_kind BIGINT NOT NULL,
    issuer TEXT COLLATE "C" NOT NULL,
    identifier TEXT COLLATE "C" NOT NULL,
    shown_name TEXT COLLATE "C" NOT NULL,
    location TEXT COLLATE "C" NOT NULL,
    rank_name TEXT COLLATE "C" NOT NULL,
    position_name TEXT COLLATE "C" NOT NULL,
    slot BIGINT,
    group_index BIGINT,
    roster_salt BYTEA,
    PRIMARY KEY (campaign_id, participant_id, roster_id)
);
CREATE INDEX participant_by_unit ON participant (campaign_id, roster_id, institution, unit_id);

-- Only people whose code was issued again; everybody else is at version 1. Survives a re-import.
CREATE TABLE code_version (
    campaign_id BYTEA NOT NULL,
    participant_id BYTEA NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, participant_id)
);

-- The ledger. One pledge per participant is the primary key.
CREATE TABLE pledge (
    campaign_id BYTEA NOT NULL,
    participant_id BYTEA NOT NULL,
    pledge_id BYTEA NOT NULL,
    log_index BIGINT NOT NULL,
    signed_count BIGINT NOT NULL,
    signed_at BIGINT NOT NULL,
    text_hash BYTEA NOT NULL,
    method BIGINT NOT NULL,
    credential BYTEA NOT NULL,
    pledge_salt BYTEA NOT NULL,
    strokes BYTEA,
    PRIMARY KEY (campaign_id, participant_id)
);
CREATE UNIQUE INDEX pledge_by_id ON pledge (campaign_id, pledge_id);

-- Logs: 1 pledges, 2 roster, 3 notices.
CREATE TABLE log_head (
    campaign_id BYTEA NOT NULL,
    log BIGINT NOT NULL,
    size BIGINT NOT NULL,
    frontier BYTEA NOT NULL,
    root BYTEA NOT NULL,
    checkpoint TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, log)
);

CREATE TABLE leaf (
    campaign_id BYTEA NOT NULL,
    log BIGINT NOT NULL,
    leaf_index BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (campaign_id, log, leaf_index)
);

CREATE TABLE revocation (
    campaign_id BYTEA NOT NULL,
    pledge_id BYTEA NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    revoked_at BIGINT NOT NULL,
    revoked_by TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (campaign_id, pledge_id)
);

-- "That wasn't me": what a person reported, for the help desk.
CREATE TABLE report (
    campaign_id BYTEA NOT NULL,
    report_id BYTEA NOT NULL,
    participant_id BYTEA NOT NULL,
    institution TEXT COLLATE "C" NOT NULL,
    contact TEXT COLLATE "C" NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    reported_at BIGINT NOT NULL,
    resolved_at BIGINT,
    resolution TEXT COLLATE "C",
    PRIMARY KEY (campaign_id, report_id)
);

CREATE TABLE account (
    login TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    display_name TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    -- JSON list of institution codes; NULL means all.
    institutions TEXT COLLATE "C",
    password_hash TEXT COLLATE "C" NOT NULL,
    must_change BOOLEAN NOT NULL,
    disabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE console_session (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    login TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- When the password was last typed, for what asks for it again.
    confirmed_at BIGINT NOT NULL
);

-- campaign_id is 16 zero bytes for events of the installation.
CREATE TABLE audit (
    campaign_id BYTEA NOT NULL,
    audit_id BYTEA NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    institution TEXT COLLATE "C",
    event TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (campaign_id, audit_id)
);
CREATE INDEX audit_by_time ON audit (campaign_id, at);
