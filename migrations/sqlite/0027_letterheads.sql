-- Letterheads of a campaign's documents, by institution; '' is that of all institutions without one of their own. lines has one a line.
-- emblem is the SHA-256 of a picture, NULL without one.
CREATE TABLE letterhead (
    campaign_id BLOB NOT NULL,
    institution TEXT NOT NULL,
    lines TEXT NOT NULL,
    emblem BLOB,
    PRIMARY KEY (campaign_id, institution)
);
-- Emblems by the SHA-256 of their PNG. Editions of certificates name them too, so none is ever deleted.
CREATE TABLE emblem (
    campaign_id BLOB NOT NULL,
    sha256 BLOB NOT NULL,
    png BLOB NOT NULL,
    PRIMARY KEY (campaign_id, sha256)
);
