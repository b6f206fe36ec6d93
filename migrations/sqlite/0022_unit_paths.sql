-- The names from the agency down to the unit, as certificates and pages show them. Written when a roster is locked; NULL for units of
-- rosters that were locked before, whose certificates keep the unit's own name.
ALTER TABLE unit ADD COLUMN path TEXT;
