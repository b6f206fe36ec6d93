-- What is fixed for the whole installation, by name.
CREATE TABLE installation (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    fixed TEXT COLLATE "C" NOT NULL
);
