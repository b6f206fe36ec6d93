ALTER TABLE console_session ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0;
-- When codes of single people were shown to this session, oldest first: 8 bytes each, milliseconds since the epoch, big-endian.
ALTER TABLE console_session ADD COLUMN desk_codes BYTEA;
-- Until when an account whose second factor was taken away may work without one, where one is required of it.
ALTER TABLE account ADD COLUMN factor_waived_until BIGINT NOT NULL DEFAULT 0;

-- secret is sealed under the keyring and bound to the login. A code of last_step or before opens nothing any more.
CREATE TABLE second_factor (
    login TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    secret BYTEA NOT NULL,
    added_at BIGINT NOT NULL,
    last_step BIGINT NOT NULL,
    wrong_codes BIGINT NOT NULL,
    wrong_since BIGINT NOT NULL
);

-- What is left of the codes that stand in for a lost second factor; code_hash is a MAC under the keyring.
CREATE TABLE recovery_code (
    login TEXT COLLATE "C" NOT NULL,
    code_hash BYTEA NOT NULL,
    PRIMARY KEY (login, code_hash)
);
