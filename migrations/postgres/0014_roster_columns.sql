-- What people said that columns of roster files hold, for each institution; institution '' is for files of all institutions. heading
-- has the letters and digits of a column's heading; field '' is a column that isn't kept.
CREATE TABLE roster_column (
    campaign_id BYTEA NOT NULL,
    institution TEXT COLLATE "C" NOT NULL,
    heading TEXT COLLATE "C" NOT NULL,
    field TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (campaign_id, institution, heading)
);
