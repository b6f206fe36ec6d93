-- The installation's registry of institutions and the units below them, which outlives campaigns. A node's code never changes: an
-- institution's is its code (16.71), or 16.71~2 where that is another's; a unit's is its parent's with /n, n from next_child. The
-- first registration writes the node '', which is above all institutions: two servers that register lock its row.
CREATE TABLE registry_node (
    parent TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    next_child BIGINT NOT NULL,
    PRIMARY KEY (parent, code)
);

-- Each name by which a node is known below its parent. name_key is an institution's code and folded name, or a unit's id in files or
-- its folded name (src/domain/registry.rs).
CREATE TABLE registry_name (
    parent TEXT NOT NULL,
    name_key TEXT NOT NULL,
    node TEXT NOT NULL,
    PRIMARY KEY (parent, name_key)
);

-- The node of an institution or unit of a campaign; NULL until it is registered, by an import or at the next start.
ALTER TABLE institution ADD COLUMN node TEXT;
ALTER TABLE unit ADD COLUMN node TEXT;
