-- Led by the pledge's id, which begins with its campaign's tag. An index led by the campaign looks as good for finding a
-- person's pledge as the primary key does, as long as there are no pledges yet, and reads all of them for each once there are.
DROP INDEX pledge_by_id;
CREATE UNIQUE INDEX pledge_by_id ON pledge (pledge_id, campaign_id);
