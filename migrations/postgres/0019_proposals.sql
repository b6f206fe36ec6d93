-- Changes of a roster by file that wait for an account's approval, and how far an approved one is carried out. changes is canonical
-- JSON and holds people's rows; it is emptied where nothing can come of it any more. hash names campaign, proposal and changes
-- (src/domain/proposal.rs). institutions and left_out are JSON.
CREATE TABLE proposal (
    campaign_id BYTEA NOT NULL,
    proposal_id BYTEA NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    proposed_by TEXT COLLATE "C" NOT NULL,
    proposed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    institutions TEXT COLLATE "C" NOT NULL,
    people BIGINT NOT NULL,
    needs_second_account BOOLEAN NOT NULL,
    hash BYTEA NOT NULL,
    changes TEXT COLLATE "C" NOT NULL,
    decided_by TEXT COLLATE "C",
    decided_at BIGINT,
    processed BIGINT NOT NULL,
    left_out TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (campaign_id, proposal_id)
);
