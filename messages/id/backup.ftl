# `ikrar backup` dan `ikrar restore`.
backup-embedded-only = Perintah ini menyalin basis data tertanam. Untuk PostgreSQL pakailah pg_dump atau arsip WAL, dan simpan pula folder data tempat keyring berada.
backup-written = Cadangan { $path } selesai: { $bytes } bita, keadaan pada { $at }. Yang ditandatangani sesudahnya tidak ada di dalamnya.
backup-holds-keys = PERHATIAN: berkas ini memuat kunci beserta kata sandinya dan data pribadi. Siapa pun yang memilikinya dapat menandatangani atas nama penyelenggara. Simpan di tempat terkunci.
restore-embedded-only = Pemulihan membuat basis data tertanam di dalam folder data; jangan sebutkan basis data lain.
restore-done = { $folder } dipulihkan ke keadaan { $at }. Semua berkas cocok dengan hash-nya.
restore-next = Periksa dengan `ikrar fsck` sebelum dilayankan. Bila high-water.json dari mesin lama masih ada, ulangi dengan --mark, supaya cadangan yang tertinggal dari yang sudah diumumkan ditolak.
