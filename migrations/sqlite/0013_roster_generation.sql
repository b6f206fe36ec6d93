-- How often the institution's roster was changed in place since its import. An import and a lock that read an earlier generation are
-- refused, as they are where roster_id has changed.
ALTER TABLE institution ADD COLUMN roster_generation BIGINT NOT NULL DEFAULT 0;
