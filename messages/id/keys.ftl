# `ikrar keys`.
keys-in-use = dipakai
keys-rotated = Kunci baru { $kid } sudah dibuat dan diumumkan. Salin berkas keyring ke setiap node; kunci ini mulai dipakai sendiri begitu semua node mengenalnya. Buat cadangan baru: cadangan lama tidak memuatnya.
keys-seal-rotated = Kunci { $kid } dibuat. Kegiatan yang dikunci mulai sekarang memakainya; piagam kegiatan sebelumnya tetap memakai kunci lamanya.
keys-compromised-seal = Kunci { $kid } dinyatakan bocor. Halaman piagam yang ditandatangani dengannya tidak lagi dijamin: hasil pemeriksaannya kuning. Kegiatan yang dikunci nanti memakai kunci baru.
keys-retired = Kunci { $kid } tidak dipakai lagi. Yang sudah ditandatangani dengannya tetap berlaku. Salin berkas keyring ke setiap node.
keys-retire-in-use = Kunci { $kid } sedang dipakai. Buat penggantinya dahulu: `ikrar keys rotate --role { $role }`, lalu tunggu sampai dipakai.
keys-unknown = Tidak ada kunci { $kid } dalam keyring ini. `ikrar keys list` menyebutkan semuanya.
keys-busy = Perintah `ikrar keys` lain sedang mengubah keyring. Tunggu sampai selesai, lalu ulangi.
keys-compromised-already = Kunci { $kid } sudah dinyatakan bocor. Itu tidak dapat ditarik kembali.
keys-compromised-credential = Kunci { $kid } dinyatakan bocor dan tidak dipakai lagi. Salin berkas keyring ke setiap node sekarang juga. Piagam yang ditandatangani dengannya kini hanya diterima bila cocok dengan catatan penyelenggara, jadi harus diperiksa daring; tanpa jaringan hasilnya "penerbit tidak dikenal". Siapa pun yang menyimpan /.well-known/jwks.json harus mengambilnya lagi: salinan lama masih memercayai kunci ini.
keys-compromised-log = Kunci { $kid } dinyatakan bocor. Kegiatan baru tidak memakainya lagi; log yang sudah ada tetap memakai kuncinya, karena log tidak dapat berganti kunci. Simpan checkpoint terakhirnya di tempat lain. Salin berkas keyring ke setiap node.
keys-compromised-session = Kunci { $kid } dinyatakan bocor. Semua sesi yang dibuat dengannya berakhir sekarang: peserta masuk sekali lagi dengan kode yang sama. Salin berkas keyring ke setiap node sekarang juga.
keys-since-later = --since menyebut waktu yang belum tiba. Tidak ada yang diubah.
