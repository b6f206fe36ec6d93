-- Led by the roster. An index led by the campaign looks as good for finding a person as the primary key does, as long as
-- there is nobody yet, and goes through everybody for each once a province is there.
CREATE INDEX participant_by_roster ON participant (roster_id, campaign_id, institution, unit_id);
DROP INDEX participant_by_unit;
