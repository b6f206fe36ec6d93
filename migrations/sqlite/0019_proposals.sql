-- Changes of a roster by file that wait for an account's approval, and how far an approved one is carried out. changes is canonical
-- JSON and holds people's rows; it is emptied where nothing can come of it any more. hash names campaign, proposal and changes
-- (src/domain/proposal.rs). institutions and left_out are JSON.
CREATE TABLE proposal (
    campaign_id BLOB NOT NULL,
    proposal_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    institutions TEXT NOT NULL,
    people BIGINT NOT NULL,
    needs_second_account BOOLEAN NOT NULL,
    hash BLOB NOT NULL,
    changes TEXT NOT NULL,
    decided_by TEXT,
    decided_at BIGINT,
    processed BIGINT NOT NULL,
    left_out TEXT NOT NULL,
    PRIMARY KEY (campaign_id, proposal_id)
);
