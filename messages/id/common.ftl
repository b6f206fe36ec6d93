common-product = Ikrar
common-language-other = English
common-skip = Langsung ke isi
common-verify = Periksa keaslian
common-privacy = Pelindungan data pribadi
common-synthetic = Data sintetis: semua nama dan nomor dalam kegiatan ini dibuat untuk contoh, bukan orang sungguhan.
common-back-home = Ke halaman depan
