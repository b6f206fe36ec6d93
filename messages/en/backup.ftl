# `ikrar backup` and `ikrar restore`.
backup-other-keyring = This database was made with another keyring than the data folder's, so a backup of it would be of no use. Name the data folder of this installation.
backup-stopped = The backup was stopped; nothing was written.
backup-left-over = { $folder } is there already: another backup to this file is being made, or one was killed. If none is running, remove the folder, which holds personal data, and begin again.
backup-written = Backup { $path } written: { $bytes } bytes, as of { $at }. What was signed later isn't in it.
backup-holds-keys = NOTE: this file holds the keys with their passphrase, and personal data. Whoever has it can sign in the organizer's name. Keep it locked away.
restore-into-folder-only = Restoring makes the database in the data folder, or in PostgreSQL with --database-url postgres://…; name no other database file.
restore-folder-left = The rows are in the database, but the data folder didn't get its name. What is in { $part } (but ikrar.sqlite) are the keyring and the mark of this installation: move it to { $folder }.
restore-into-server = { $rows } rows restored into the database { $database }.
restore-not-empty = The database { $database } isn't empty: there are rows in { $table }. A backup is restored only into an empty database, so that it isn't mixed with something else. Make a new one (createdb) and name it in --database-url. Nothing was changed.
restore-nul-character = A text in { $table }.{ $column } holds a NUL character, which PostgreSQL can't keep. Correct it where it came from and make a new backup. Nothing was written.
restore-done = { $folder } is restored as of { $at }. Every file matches its hash.
restore-next = Look at it with `ikrar fsck` before serving it. If the old machine's high-water.json survived, restore again with --mark, so that a backup that is behind what was published is refused.
