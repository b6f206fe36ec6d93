# `ikrar backup` and `ikrar restore`.
backup-embedded-only = This command copies the embedded database. For PostgreSQL use pg_dump or WAL archiving, and keep the data folder with the keyring, too.
backup-written = Backup { $path } written: { $bytes } bytes, as of { $at }. What was signed later isn't in it.
backup-holds-keys = NOTE: this file holds the keys with their passphrase, and personal data. Whoever has it can sign in the organizer's name. Keep it locked away.
restore-embedded-only = Restoring makes the embedded database in the data folder; name no other database.
restore-done = { $folder } is restored as of { $at }. Every file matches its hash.
restore-next = Look at it with `ikrar fsck` before serving it. If the old machine's high-water.json survived, restore again with --mark, so that a backup that is behind what was published is refused.
