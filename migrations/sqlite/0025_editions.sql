-- What determines the bytes of a campaign's certificates besides the pledge: the layout, what all of them have in common (canonical JSON),
-- and the key that seals them. Campaigns that were locked before have no row: layout 1, unsealed.
CREATE TABLE edition (
    campaign_id BLOB NOT NULL,
    number BIGINT NOT NULL,
    layout BIGINT NOT NULL,
    template TEXT NOT NULL,
    seal_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, number)
);
-- The installation's authorities and the keys that seal files. number counts those of a role; the newest active one is used. sealed_key is the
-- private key under the key-encryption key, NULL where it isn't here; chain is the certificates in PEM, the key's own first.
CREATE TABLE seal_key (
    role TEXT NOT NULL,
    number BIGINT NOT NULL,
    kid TEXT NOT NULL,
    sealed_key BLOB,
    chain TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (role, number)
);
