-- A report of somebody who has no code: contact, message and the number of whom it concerns are in sealed (src/keyring/report.rs),
-- participant_id is the mark of that number and no participant's id, and institution, contact and message are empty. NULL: the report
-- of a signed-in person.
ALTER TABLE report ADD COLUMN sealed BYTEA;
-- When the help desk began to look into it.
ALTER TABLE report ADD COLUMN taken_at BIGINT;
-- What whoever has the report's number is told (src/domain/misuse_report.rs); NULL: resolved before there was this column, or open.
ALTER TABLE report ADD COLUMN outcome BIGINT;
CREATE INDEX report_by_state ON report (campaign_id, resolved_at);
CREATE INDEX report_by_person ON report (campaign_id, participant_id);
