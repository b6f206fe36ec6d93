# The data folder: permissions, the keyring, and which process serves it.
folder-exposed = Others on this machine can read or change what only the installation's owner may access:
folder-exposed-mode = { $path } (mode { $mode })
folder-exposed-owner = { $path } (owned by user { $owner })
folder-mend = Fix it with this command, then try again:
folder-permissive = With --permissive the folder is used as it is.
folder-keyring-missing = { $keyring } is missing, but { $found } belongs to an installation already. A new keyring would fit nothing of it, so none is made. Bring { $keyring } and its passphrase ({ $passphrase }) back from a backup or from another node, or restore a backup into an empty folder with `ikrar restore`.
folder-served = { $folder } is already served by another process (process id { $process }, according to { $lock }). Only one process can serve a data folder; stop the other one, or use another folder. When that process ends, its lock is released: you don't need to remove the file.
