-- Letterheads of a campaign's documents, by institution; '' is that of all institutions without one of their own. lines has one a line.
-- emblem is the SHA-256 of a picture, NULL without one.
CREATE TABLE letterhead (
    campaign_id BYTEA NOT NULL,
    institution TEXT COLLATE "C" NOT NULL,
    lines TEXT COLLATE "C" NOT NULL,
    emblem BYTEA,
    PRIMARY KEY (campaign_id, institution)
);
-- Emblems by the SHA-256 of their PNG. Editions of certificates name them too, so none is ever deleted.
CREATE TABLE emblem (
    campaign_id BYTEA NOT NULL,
    sha256 BYTEA NOT NULL,
    png BYTEA NOT NULL,
    PRIMARY KEY (campaign_id, sha256)
);
