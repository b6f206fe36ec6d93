# Folder data: izin, keyring, dan proses yang melayaninya.
folder-exposed = Orang lain di mesin ini dapat membaca atau mengubah yang hanya boleh dijangkau pemilik instalasi:
folder-exposed-mode = { $path } (izin { $mode })
folder-exposed-owner = { $path } (milik pengguna nomor { $owner })
folder-mend = Betulkan dengan perintah ini, lalu ulangi:
folder-permissive = Dengan --permissive folder tetap dipakai seperti adanya.
folder-keyring-missing = { $keyring } tidak ada, padahal { $found } sudah milik sebuah instalasi. Keyring baru tidak akan cocok dengan isinya, jadi tidak dibuat. Kembalikan { $keyring } beserta kata sandinya ({ $passphrase }) dari cadangan atau dari node lain, atau pulihkan cadangan ke folder kosong dengan `ikrar restore`.
folder-served = { $folder } sudah dilayani oleh proses lain (nomor { $process } menurut { $lock }). Satu folder data hanya dilayani satu proses; hentikan yang lain, atau pakai folder lain. Bila proses itu mati, kuncinya lepas sendiri: berkasnya tidak perlu dihapus.
