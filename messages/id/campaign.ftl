campaign-state-draft = konsep
campaign-state-locked = terkunci
campaign-state-open = dibuka
campaign-state-paused = ditunda sementara
campaign-state-closing = sedang ditutup
campaign-state-closed = ditutup
campaign-state-cancelled = dibatalkan

campaign-field-title = judul
campaign-field-organizer = penyelenggara
campaign-field-place = tempat
campaign-field-occasion = peristiwa atau pokok kegiatan
campaign-field-year = tahun
campaign-field-help-contact = kontak bantuan
campaign-field-officials = pejabat
campaign-field-institutions = instansi
campaign-field-legal-basis = dasar hukum
campaign-field-closing = kalimat penutup
campaign-field-clause = butir { $number }

campaign-refusal-unknown = Kegiatan itu tidak ada. Periksa nama singkatnya.
campaign-refusal-slug = Nama singkat terdiri atas 2 sampai 40 huruf kecil, angka, atau tanda hubung, dan diawali serta diakhiri huruf atau angka.
campaign-refusal-slug-taken = Nama singkat itu sudah dipakai. Pilih nama lain.
campaign-refusal-settings = Isian "{ $field }" kosong, terlalu panjang, belum lengkap, atau memuat karakter yang tidak tampak. Perbaiki, lalu simpan lagi.
campaign-refusal-clauses = Naskah memuat 1 sampai 20 butir.
campaign-refusal-length = Bagian "{ $part }" kosong atau terlalu panjang. Perbaiki, lalu simpan lagi.
campaign-refusal-characters = Isian "{ $part }": { $fault }. Ketik ulang bagian itu tanpa menempel, lalu simpan lagi.
campaign-character-control = karakter kendali { $character } pada huruf ke-{ $place } tidak dapat disimpan
campaign-character-direction = karakter tak tampak { $character } pada huruf ke-{ $place } membalik arah tulisan
campaign-character-marks = terlalu banyak tanda bertumpuk pada satu huruf ({ $character }, huruf ke-{ $place })
campaign-character-unprintable = karakter { $character } pada huruf ke-{ $place } tidak dapat dicetak pada piagam
campaign-refusal-text-print = Bagian "{ $name }": { $fault }. Ganti, lalu simpan lagi.
campaign-refusal-institution-print = Nama instansi { $name }: { $fault }. Perbaiki nama instansi itu, lalu ulangi.
campaign-refusal-unit-print = Unit kerja { $name } (instansi { $institution }): { $fault }. Perbaiki berkas pesertanya, impor lagi, lalu kunci.
campaign-refusal-person-print = { $many ->
        [no] Belum dapat dikunci. Peserta { $name } (instansi { $institution }): { $fault }. Perbaiki berkas pesertanya, impor lagi, lalu kunci.
       *[yes] Belum dapat dikunci. Peserta { $name } (instansi { $institution }): { $fault }. { $others } peserta lain juga memuat karakter demikian. Perbaiki berkas pesertanya, impor lagi, lalu kunci.
    }
campaign-refusal-placeholder = Penanda { "{" }{ $name }{ "}" } tidak dikenal. Pakai salah satu penanda yang tercantum di bawah formulir.
campaign-refusal-clause-id = Dua butir memakai nomor yang sama: { $id }.
campaign-refusal-times = Waktu tidak dapat dipakai: penutupan harus setelah pembukaan dan belum lewat, dan waktu pembukaan yang sudah lewat tidak dapat dipindahkan.
campaign-refusal-reason = Tuliskan alasannya, 3 sampai 500 huruf.
campaign-refusal-state = Langkah ini tidak dapat dilakukan selama kegiatan dalam keadaan "{ $state }". Periksa keadaannya, lalu pilih langkah yang tersedia.
campaign-refusal-missing = Belum dapat dikunci. Yang masih kurang: { $missing }.
campaign-refusal-groups = Daftar peserta memuat lebih dari { $most } perangkat daerah yang akan tampil sendiri-sendiri. Pilih “per instansi” pada Pengaturan, atau periksa apakah kolom perangkat daerah benar.
campaign-refusal-signed = Kegiatan tidak dapat dikembalikan menjadi konsep karena sudah ada yang menandatangani.
campaign-refusal-roster-changed = Kegiatan tidak dapat dikembalikan menjadi konsep karena sejak dikunci ada peserta yang ditambah, dikecualikan, atau diperbaiki. Peserta lain dapat ditambah dan diperbaiki di Meja bantuan.
campaign-refusal-public-url = Kegiatan yang terkunci dibuat dengan alamat { $url }. Jalankan layanan dengan alamat itu.
campaign-refusal-store = Penyimpanan sedang terganggu. Periksa keadaan kegiatan, lalu ulangi bila perlu.

campaign-missing-organizer = nama penyelenggara
campaign-missing-place = tempat
campaign-missing-help-contact = kontak bantuan penyelenggara
campaign-missing-text = naskah
campaign-missing-people = daftar peserta
campaign-missing-times = waktu penutupan yang belum lewat

campaign-show-state = Keadaan: { $state }
campaign-show-opens = Dibuka: { $time }
campaign-show-closes = Ditutup: { $time }
