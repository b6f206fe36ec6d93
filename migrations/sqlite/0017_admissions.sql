-- Which admission of a person's number is the newest, in the row of the first: 1, until somebody whose pledge wasn't theirs is admitted
-- anew under another participant id. standing 3: a later admission took this one's place.
ALTER TABLE code_version ADD COLUMN admission BIGINT NOT NULL DEFAULT 1;
