-- The kind of employment that the roster says (src/domain/employment.rs), from 1; 0: it isn't filled in, as in all rows from before.
ALTER TABLE participant ADD COLUMN employment BIGINT NOT NULL DEFAULT 0;
