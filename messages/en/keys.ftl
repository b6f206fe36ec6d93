# `ikrar keys`.
keys-in-use = in use
keys-rotated = The new key { $kid } is made and published. Copy the keyring file to every node; the key is used by itself as soon as all nodes know it. Make a new backup: older ones don't hold it.
keys-retired = Key { $kid } is used no more. What it signed stays valid. Copy the keyring file to every node.
keys-retire-in-use = Key { $kid } is in use. Make its successor first: `ikrar keys rotate --role { $role }`, and wait until that one is used.
keys-unknown = There is no key { $kid } in this keyring. `ikrar keys list` names all of them.
keys-busy = Another `ikrar keys` command is changing the keyring. Wait for its end, then try again.
keys-compromised-already = Key { $kid } is marked as compromised already. That can't be taken back.
keys-compromised-credential = Key { $kid } is marked as compromised and used no more. Copy the keyring file to every node now. A certificate signed with it is valid only where it matches the organizer's records, so it has to be checked online; without a network the verdict is "unknown issuer". Whoever keeps a copy of /.well-known/jwks.json must fetch it again: an older copy still trusts this key.
keys-compromised-log = Key { $kid } is marked as compromised. New events don't use it; a log that exists keeps its key, since a log can't change it. Keep its last checkpoint elsewhere. Copy the keyring file to every node.
keys-compromised-session = Key { $kid } is marked as compromised. Every session made with it ends now: signers sign in once more with the same code. Copy the keyring file to every node now.
keys-since-later = --since names a time that hasn't come. Nothing was changed.
