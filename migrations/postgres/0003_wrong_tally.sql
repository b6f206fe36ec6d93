-- What each node counted of wrong attempts lately, for the other nodes: its last tellings, each in the place of an older one.
-- node is drawn when a node starts. tallies are 5 bytes each, big-endian: gate u8, bucket u16, attempts u16; a bucket is a
-- keyed hash, so nobody is named.
CREATE TABLE wrong_tally (
    node BYTEA NOT NULL,
    place BIGINT NOT NULL,
    number BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    tallies BYTEA NOT NULL,
    PRIMARY KEY (node, place)
);
