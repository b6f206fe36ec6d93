-- The institution, or the institutions together, that a group belongs to, with the name shown in public; NULL in rows from before, whose
-- groups are institutions. kind is src/domain/reporting_group.rs's; 0 in rows from before.
ALTER TABLE reporting_group ADD COLUMN institution TEXT COLLATE "C";
ALTER TABLE reporting_group ADD COLUMN institution_name TEXT COLLATE "C";
ALTER TABLE reporting_group ADD COLUMN kind BIGINT NOT NULL DEFAULT 0;
-- The group of an agency's people, on its own row; NULL where they belong to institution.group_index, and in all units below.
ALTER TABLE unit ADD COLUMN group_index BIGINT;
-- The published list of groups (canonical JSON) where it isn't made from the rows, as a list of institutions is.
CREATE TABLE group_list (
    campaign_id BYTEA NOT NULL,
    canonical TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (campaign_id)
);
