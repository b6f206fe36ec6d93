# `ikrar backup` dan `ikrar restore`.
backup-other-keyring = Basis data ini dibuat dengan keyring lain daripada yang ada di folder data, sehingga cadangannya tidak dapat dipakai. Sebutkan folder data milik instalasi ini.
backup-stopped = Pembuatan cadangan dihentikan; tidak ada yang ditulis.
backup-written = Cadangan { $path } selesai: { $bytes } bita, keadaan pada { $at }. Yang ditandatangani sesudahnya tidak ada di dalamnya.
backup-holds-keys = PERHATIAN: berkas ini tidak dienkripsi. Isinya kunci beserta kata sandinya dan data pribadi. Siapa pun yang memilikinya dapat menandatangani atas nama penyelenggara dan membaca data semua orang. Simpan di tempat terkunci.
backup-with-passphrase = Berkas ini dienkripsi dengan kata sandi itu. Simpan kata sandinya terpisah dari mesin ini dan dari berkasnya: tanpa kata sandi itu cadangan tidak dapat dibuka oleh siapa pun.
backup-to-recipients = Berkas ini dienkripsi untuk para penerimanya. Simpan kunci pribadi mereka terpisah dari mesin ini dan dari berkasnya: tanpa salah satunya cadangan tidak dapat dibuka oleh siapa pun.
backup-how = Cadangan memuat kunci dan data semua orang, sehingga dienkripsi, dan tanpa terminal kata sandi tidak dapat ditanyakan. Sebutkan caranya:
    { "  " }--recipient age1… (atau --recipients-file BERKAS, IKRAR_BACKUP_RECIPIENTS_FILE): untuk kunci publik; buat pasangan kuncinya dengan `age-keygen`, di mesin lain
    { "  " }--backup-passphrase-file BERKAS (atau IKRAR_BACKUP_PASSPHRASE_FILE): dengan kata sandi
    { "  " }--plain: tanpa enkripsi
    Tidak ada yang ditulis.
backup-one-way = Sebutkan satu cara saja: penerima, berkas kata sandi, atau --plain. IKRAR_BACKUP_RECIPIENTS_FILE dan IKRAR_BACKUP_PASSPHRASE_FILE ikut dihitung. Tidak ada yang ditulis.
backup-too-many-recipients = Satu cadangan paling banyak untuk { $max } penerima. Tidak ada yang ditulis.
backup-recipient-unfit = { $text } bukan kunci publik berbentuk age1…, seperti yang ditampilkan `age-keygen`. Tidak ada yang ditulis.
backup-no-recipients = Tidak ada penerima di { $path }: setiap baris berisi satu kunci publik (age1…). Tidak ada yang ditulis.
backup-passphrase-unfit = Kata sandi cadangan terdiri dari satu baris, sedikitnya { $min } huruf: siapa pun yang memiliki berkasnya dapat mencoba sebanyak apa pun. Tidak ada yang ditulis.
backup-passphrase-inside = Berkas kata sandi itu berada di folder data. Cadangan dibuat untuk hari ketika folder itu hilang: simpan kata sandinya di tempat lain. Tidak ada yang ditulis.
backup-passphrase-is-keyring-s = Ini kata sandi keyring. Cadangan dibuat untuk hari ketika kata sandi itu hilang bersama folder data: pilih yang lain dan simpan di tempat lain. Tidak ada yang ditulis.
backup-ask-about = Cadangan dienkripsi dengan kata sandi, sedikitnya { $min } huruf. Tanpa kata sandi itu cadangan tidak dapat dibuka oleh siapa pun, jadi catat dan simpan terpisah dari mesin ini.
backup-ask = Kata sandi (tidak ditampilkan):{ " " }
backup-ask-again = Ketik sekali lagi:{ " " }
backup-ask-differs = Keduanya berbeda. Tidak ada yang ditulis.
backup-no-room = Ruang bebas di { $folder } tinggal { $free } bita, sedangkan salinan basis data memerlukan { $needed }. Longgarkan dahulu. Tidak ada yang ditulis.
backup-leftover = Sisa pembuatan cadangan yang terputus dihapus: { $path } ({ $bytes } bita).
backup-leftover-stays = Pembuatan cadangan yang terputus meninggalkan { $path } ({ $bytes } bita), yang tidak dapat dihapus: { $error }. Isinya data pribadi: hapuslah sendiri.
restore-ask = Kata sandi cadangan (tidak ditampilkan):{ " " }
restore-needs-passphrase = Cadangan ini dienkripsi dengan kata sandi. Sebutkan berkas yang memuatnya dengan --backup-passphrase-file, atau jalankan perintah ini di terminal, yang akan menanyakannya. Tidak ada yang dibuat.
restore-needs-identity = Cadangan ini dienkripsi untuk penerima tertentu. Sebutkan berkas kunci pribadi salah satunya dengan --identity. Tidak ada yang dibuat.
restore-no-identities = { $path } tidak memuat kunci pribadi (AGE-SECRET-KEY-1…) seperti yang ditulis `age-keygen`, atau memuat hal lain di sampingnya. Tidak ada yang dibuat.
restore-wrong-key = Cadangan tidak dapat dibuka: kata sandi atau kuncinya bukan yang dipakai untuk mengenkripsinya, atau bagian awal berkasnya rusak. Tidak ada yang dibuat.
restore-too-much-work = Kata sandi berkas ini memerlukan memori lebih banyak daripada yang diberikan program ini. Buka dengan program `age`, lalu pulihkan hasilnya. Tidak ada yang dibuat.
restore-armored = Berkas ini telah diubah menjadi teks. Buka dengan program `age`, lalu pulihkan hasilnya. Tidak ada yang dibuat.
restore-foreign = Ini bukan cadangan dari program ini, atau berasal dari versi yang lebih baru. Tidak ada yang dibuat.
restore-damaged = Cadangan ini rusak: isinya berubah atau terpotong sejak ditulis. Gunakan salinan yang lain. Tidak ada yang dibuat.
restore-into-folder-only = Pemulihan membuat basis data di dalam folder data, atau di PostgreSQL dengan --database-url postgres://…; jangan sebutkan berkas basis data lain.
restore-folder-left = Barisnya sudah masuk ke basis data, tetapi folder data belum mendapat namanya. Isi { $part } (tanpa ikrar.sqlite) adalah keyring dan tanda instalasi ini: pindahkan ke { $folder }.
restore-into-server = { $rows } baris dipulihkan ke basis data { $database }.
restore-not-empty = Basis data { $database } tidak kosong: ada baris di { $table }. Cadangan hanya dipulihkan ke basis data yang kosong, supaya tidak bercampur dengan yang lain. Buat basis data baru (createdb) dan sebutkan di --database-url. Tidak ada yang diubah.
restore-nul-character = Sebuah teks di { $table }.{ $column } memuat karakter NUL, yang tidak dapat disimpan PostgreSQL. Perbaiki di instalasi asal, lalu buat cadangan baru. Tidak ada yang ditulis.
restore-done = { $folder } dipulihkan ke keadaan { $at }. Semua berkas cocok dengan hash-nya.
restore-next = Periksa dengan `ikrar fsck` sebelum dilayankan. Bila high-water.json dari mesin lama masih ada, ulangi dengan --mark, supaya cadangan yang tertinggal dari yang sudah diumumkan ditolak.
