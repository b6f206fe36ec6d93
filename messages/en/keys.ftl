# `ikrar keys`.
keys-in-use = in use
keys-rotated = The new key { $kid } has been created and published. Copy the keyring file to every node; the key comes into use as soon as all nodes know it. Make a new backup: older ones don't hold it.
keys-seal-rotated = Key { $kid } is made. Events that are locked from now on use it; certificates of events before keep their old one.
keys-compromised-seal = Key { $kid } is marked as compromised. Pages of certificates that it sealed aren't vouched for any more: checks of them are amber. Events that are locked later get a new key.
keys-retired = Key { $kid } is no longer used. What it signed stays valid. Copy the keyring file to every node.
keys-retire-in-use = Key { $kid } is in use. Create its successor first: `ikrar keys rotate --role { $role }`, and wait until that one is used.
keys-unknown = There is no key { $kid } in this keyring. `ikrar keys list` lists all of them.
keys-busy = Another `ikrar keys` command is changing the keyring. Wait until it ends, then try again.
keys-compromised-already = Key { $kid } is already marked as compromised. That can't be undone.
keys-compromised-credential = Key { $kid } is marked as compromised and no longer used. Copy the keyring file to every node now. A certificate signed with it is valid only where it matches the organizer's records, so it has to be checked online; without a network the verdict is "unknown issuer". Anyone who keeps a copy of /.well-known/jwks.json must fetch it again: an older copy still trusts this key.
keys-compromised-log = Key { $kid } is marked as compromised. New events don't use it; a log that exists keeps its key, since a log can't change it. Keep its last checkpoint elsewhere. Copy the keyring file to every node.
keys-compromised-session = Key { $kid } is marked as compromised. Every session made with it ends now: signers sign in again with the same code. Copy the keyring file to every node now.
keys-since-later = --since names a time in the future. Nothing was changed.
