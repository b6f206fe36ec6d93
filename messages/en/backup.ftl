# `ikrar backup` and `ikrar restore`.
backup-other-keyring = This database belongs to a different keyring from the one in the data folder, so a backup of it would be useless. Name the data folder of this installation.
backup-stopped = The backup was stopped; nothing was written.
backup-written = Backup { $path } written: { $bytes } bytes, as of { $at }. What was signed later isn't in it.
backup-holds-keys = NOTE: this file isn't encrypted. It holds the keys with their passphrase, and personal data. Anyone who has it can sign in the organizer's name and read everybody's data. Keep it locked away.
backup-with-passphrase = It is encrypted with the passphrase. Keep the passphrase apart from this machine and from the file: without it nobody can open the backup.
backup-to-recipients = It is encrypted to the recipients. Keep their private keys apart from this machine and from the file: without one of them nobody can open the backup.
backup-how = A backup holds the keys and everybody's data, so it is encrypted, and without a terminal the program can't ask for a passphrase. Choose how:
    { "  " }--recipient age1… (or --recipients-file FILE, IKRAR_BACKUP_RECIPIENTS_FILE): to public keys; make a pair with `age-keygen`, on another machine
    { "  " }--backup-passphrase-file FILE (or IKRAR_BACKUP_PASSPHRASE_FILE): with a passphrase
    { "  " }--plain: not encrypted
    Nothing was written.
backup-one-way = Name one way only: recipients, a passphrase file, or --plain. Also IKRAR_BACKUP_RECIPIENTS_FILE and IKRAR_BACKUP_PASSPHRASE_FILE count. Nothing was written.
backup-too-many-recipients = A backup has at most { $max } recipients. Nothing was written.
backup-recipient-unfit = { $text } isn't a public key of the form age1…, as `age-keygen` shows it. Nothing was written.
backup-no-recipients = There is no recipient in { $path }: one public key (age1…) is expected on each line. Nothing was written.
backup-passphrase-unfit = The passphrase of a backup is one line of at least { $min } characters: anyone who has the file can try as many as they like. Nothing was written.
backup-passphrase-inside = The passphrase file lies in the data folder. A backup is for the day when that folder is gone: keep its passphrase elsewhere. Nothing was written.
backup-passphrase-is-keyring-s = This is the keyring's passphrase. A backup is for the day when that is gone together with the data folder: choose another one and keep it elsewhere. Nothing was written.
backup-ask-about = The backup is encrypted with a passphrase of at least { $min } characters. Without it nobody can open the backup, so write it down and keep it apart from this machine.
backup-ask = Passphrase (it isn't shown):{ " " }
backup-ask-again = Repeat the passphrase:{ " " }
backup-ask-differs = The two passphrases differ. Nothing was written.
backup-no-room = { $folder } has { $free } bytes free, and the copy of the database needs { $needed }. Make room there first. Nothing was written.
backup-leftover = Removed what a backup left that was killed: { $path } ({ $bytes } bytes).
backup-leftover-stays = A killed backup left behind { $path } ({ $bytes } bytes), which can't be removed: { $error }. It holds personal data: remove it yourself.
restore-ask = The backup's passphrase (it isn't shown):{ " " }
restore-needs-passphrase = This backup is encrypted with a passphrase. Name the file that holds it with --backup-passphrase-file, or start the command on a terminal, where it is asked for. Nothing was made.
restore-needs-identity = This backup is encrypted to recipients. Name the file with a private key of one of them with --identity. Nothing was made.
restore-no-identities = { $path } holds no private key (AGE-SECRET-KEY-1…), as `age-keygen` writes it, or holds something else as well. Nothing was made.
restore-wrong-key = The backup doesn't open: this isn't the passphrase or key that it was encrypted with, or the beginning of the file is damaged. Nothing was made.
restore-too-much-work = Checking this file's passphrase takes more memory than this program allows. Decrypt the file with the program `age` and restore the result. Nothing was made.
restore-armored = This file was turned into text. Decrypt it with the program `age` and restore the result. Nothing was made.
restore-foreign = This isn't a backup of this program, or it was made by a later version. Nothing was made.
restore-damaged = The backup is damaged: it was changed or cut short since it was written. Take another copy. Nothing was made.
restore-into-folder-only = A restore creates the database in the data folder, or in PostgreSQL with --database-url postgres://…; name no other database file.
restore-folder-left = The rows are in the database, but the data folder couldn't be renamed. The files in { $part } (except ikrar.sqlite) are the keyring and the mark of this installation: move them to { $folder }.
restore-into-server = { $rows } rows restored into the database { $database }.
restore-not-empty = The database { $database } isn't empty: there are rows in { $table }. A backup is restored only into an empty database, so that it isn't mixed with something else. Make a new one (createdb) and name it in --database-url. Nothing was changed.
restore-nul-character = A text in { $table }.{ $column } holds a NUL character, which PostgreSQL can't store. Correct it where it came from and make a new backup. Nothing was written.
restore-done = { $folder } is restored as of { $at }. Every file matches its hash.
restore-next = Check it with `ikrar fsck` before you serve it. If the old machine's high-water.json survived, restore again with --mark, so that a backup that is behind what was published is refused.
