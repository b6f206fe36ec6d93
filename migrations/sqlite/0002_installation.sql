-- What is fixed for the whole installation, by name.
CREATE TABLE installation (
    name TEXT NOT NULL PRIMARY KEY,
    fixed TEXT NOT NULL
);
