common-product = Ikrar
common-languages = Bahasa
common-skip = Langsung ke isi
common-verify = Periksa keaslian
common-privacy = Pelindungan data pribadi
common-synthetic = Data sintetis: semua orang dan nomor di sini adalah contoh.
common-back-home = Ke halaman depan
common-gathered-group = Gabungan instansi kecil
