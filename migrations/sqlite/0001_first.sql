-- Types are BLOB, TEXT, BIGINT (epoch milliseconds where it is a time) and BOOLEAN; no sequences, triggers or defaults
-- that draw time or randomness. campaign_id leads every key of a table that has one.

-- One row per campaign. Its row is the lock that orders batches and state changes.
CREATE TABLE campaign (
    campaign_id BLOB NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL,
    kind TEXT NOT NULL,
    settings TEXT NOT NULL,
    state TEXT NOT NULL,
    opens_at BIGINT,
    closes_at BIGINT,
    text_hash BLOB,
    sealed_secret BLOB NOT NULL,
    created_at BIGINT NOT NULL
);

-- Global: which campaign a slug names.
CREATE TABLE slug (
    slug TEXT NOT NULL PRIMARY KEY,
    target BLOB NOT NULL
);

-- Global: every canonical text ever fixed, kept for ever under its hash.
CREATE TABLE canonical_text (
    text_hash BLOB NOT NULL PRIMARY KEY,
    canonical TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- The versions of a campaign's text, with placeholders as the organizer wrote them.
CREATE TABLE text_version (
    campaign_id BLOB NOT NULL,
    version BIGINT NOT NULL,
    text_hash BLOB NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (campaign_id, version)
);

-- roster_id is the import whose people the institution has now; NULL before the first. next_number is the lowest
-- participant number that the institution has never given.
CREATE TABLE institution (
    campaign_id BLOB NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    position BIGINT NOT NULL,
    help_contact TEXT NOT NULL,
    group_index BIGINT,
    roster_id BLOB,
    next_number BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (campaign_id, code)
);

-- A reporting group, fixed when the campaign is locked, with its running numbers.
CREATE TABLE reporting_group (
    campaign_id BLOB NOT NULL,
    group_index BIGINT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    eligible BIGINT NOT NULL,
    signed BIGINT NOT NULL,
    excused BIGINT NOT NULL,
    revoked BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, group_index)
);

CREATE TABLE roster_import (
    campaign_id BLOB NOT NULL,
    roster_id BLOB NOT NULL,
    institution TEXT,
    state TEXT NOT NULL,
    people BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    started_by TEXT NOT NULL,
    PRIMARY KEY (campaign_id, roster_id)
);

-- Who is locking a roster right now; a later claim voids an earlier one.
CREATE TABLE roster_lock (
    campaign_id BLOB NOT NULL PRIMARY KEY,
    token BLOB NOT NULL,
    started_at BIGINT NOT NULL
);

CREATE TABLE unit (
    campaign_id BLOB NOT NULL,
    roster_id BLOB NOT NULL,
    unit_id BIGINT NOT NULL,
    institution TEXT NOT NULL,
    parent BIGINT,
    name TEXT NOT NULL,
    PRIMARY KEY (campaign_id, roster_id, unit_id)
);

-- A person on a roster. Rows of a roster that no institution points to are invisible and get purged.
-- slot, group_index and roster_salt are set when the campaign is locked.
CREATE TABLE participant (
    campaign_id BLOB NOT NULL,
    participant_id BLOB NOT NULL,
    roster_id BLOB NOT NULL,
    institution TEXT NOT NULL,
    unit_id BIGINT,
    identifier_kind BIGINT NOT NULL,
    issuer TEXT NOT NULL,
    identifier TEXT NOT NULL,
    shown_name TEXT NOT NULL,
    location TEXT NOT NULL,
    rank_name TEXT NOT NULL,
    position_name TEXT NOT NULL,
    slot BIGINT,
    group_index BIGINT,
    roster_salt BLOB,
    PRIMARY KEY (campaign_id, participant_id, roster_id)
);
CREATE INDEX participant_by_unit ON participant (campaign_id, roster_id, institution, unit_id);

-- Only people whose code was issued again; everybody else is at version 1. Survives a re-import.
CREATE TABLE code_version (
    campaign_id BLOB NOT NULL,
    participant_id BLOB NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, participant_id)
);

-- The ledger. One pledge per participant is the primary key.
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
) WITHOUT ROWID;
CREATE UNIQUE INDEX pledge_by_id ON pledge (campaign_id, pledge_id);

-- Logs: 1 pledges, 2 roster, 3 notices.
CREATE TABLE log_head (
    campaign_id BLOB NOT NULL,
    log BIGINT NOT NULL,
    size BIGINT NOT NULL,
    frontier BLOB NOT NULL,
    root BLOB NOT NULL,
    checkpoint TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, log)
);

CREATE TABLE leaf (
    campaign_id BLOB NOT NULL,
    log BIGINT NOT NULL,
    leaf_index BIGINT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (campaign_id, log, leaf_index)
) WITHOUT ROWID;

CREATE TABLE revocation (
    campaign_id BLOB NOT NULL,
    pledge_id BLOB NOT NULL,
    reason TEXT NOT NULL,
    revoked_at BIGINT NOT NULL,
    revoked_by TEXT NOT NULL,
    PRIMARY KEY (campaign_id, pledge_id)
);

-- "That wasn't me": what a person reported, for the help desk.
CREATE TABLE report (
    campaign_id BLOB NOT NULL,
    report_id BLOB NOT NULL,
    participant_id BLOB NOT NULL,
    institution TEXT NOT NULL,
    contact TEXT NOT NULL,
    message TEXT NOT NULL,
    reported_at BIGINT NOT NULL,
    resolved_at BIGINT,
    resolution TEXT,
    PRIMARY KEY (campaign_id, report_id)
);

CREATE TABLE account (
    login TEXT NOT NULL PRIMARY KEY,
    display_name TEXT NOT NULL,
    role TEXT NOT NULL,
    -- JSON list of institution codes; NULL means all.
    institutions TEXT,
    password_hash TEXT NOT NULL,
    must_change BOOLEAN NOT NULL,
    disabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE console_session (
    token_hash BLOB NOT NULL PRIMARY KEY,
    login TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- When the password was last typed, for what asks for it again.
    confirmed_at BIGINT NOT NULL
);

-- campaign_id is 16 zero bytes for events of the installation.
CREATE TABLE audit (
    campaign_id BLOB NOT NULL,
    audit_id BLOB NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    institution TEXT,
    event TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (campaign_id, audit_id)
);
CREATE INDEX audit_by_time ON audit (campaign_id, at);
