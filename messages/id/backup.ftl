# `ikrar backup` dan `ikrar restore`.
backup-other-keyring = Basis data ini dibuat dengan keyring lain daripada yang ada di folder data, sehingga cadangannya tidak dapat dipakai. Sebutkan folder data milik instalasi ini.
backup-stopped = Pembuatan cadangan dihentikan; tidak ada yang ditulis.
backup-left-over = { $folder } sudah ada: cadangan lain ke berkas ini sedang dibuat, atau pembuatannya pernah terputus. Bila tidak ada yang sedang berjalan, hapus folder itu (isinya data pribadi), lalu ulangi.
backup-written = Cadangan { $path } selesai: { $bytes } bita, keadaan pada { $at }. Yang ditandatangani sesudahnya tidak ada di dalamnya.
backup-holds-keys = PERHATIAN: berkas ini memuat kunci beserta kata sandinya dan data pribadi. Siapa pun yang memilikinya dapat menandatangani atas nama penyelenggara. Simpan di tempat terkunci.
restore-into-folder-only = Pemulihan membuat basis data di dalam folder data, atau di PostgreSQL dengan --database-url postgres://…; jangan sebutkan berkas basis data lain.
restore-folder-left = Barisnya sudah masuk ke basis data, tetapi folder data belum mendapat namanya. Isi { $part } (tanpa ikrar.sqlite) adalah keyring dan tanda instalasi ini: pindahkan ke { $folder }.
restore-into-server = { $rows } baris dipulihkan ke basis data { $database }.
restore-not-empty = Basis data { $database } tidak kosong: ada baris di { $table }. Cadangan hanya dipulihkan ke basis data yang kosong, supaya tidak bercampur dengan yang lain. Buat basis data baru (createdb) dan sebutkan di --database-url. Tidak ada yang diubah.
restore-nul-character = Sebuah teks di { $table }.{ $column } memuat karakter NUL, yang tidak dapat disimpan PostgreSQL. Perbaiki di instalasi asal, lalu buat cadangan baru. Tidak ada yang ditulis.
restore-done = { $folder } dipulihkan ke keadaan { $at }. Semua berkas cocok dengan hash-nya.
restore-next = Periksa dengan `ikrar fsck` sebelum dilayankan. Bila high-water.json dari mesin lama masih ada, ulangi dengan --mark, supaya cadangan yang tertinggal dari yang sudah diumumkan ditolak.
