roster-remarks-heading = KETERANGAN PEMERIKSAAN

# Berkas yang tidak dapat dibaca.
roster-file-empty = Berkas ini kosong. Periksa apakah pengunggahan atau penyimpanannya berhasil, lalu ulangi.
roster-file-too-large = Berkas ini lebih besar dari { $limit } MiB. Bagi menurut instansi, lalu impor satu per satu.
roster-file-inflates-too-large = Isi berkas ini melampaui batas ({ $limit } GiB setelah dibuka). Salin tabelnya ke buku kerja baru, simpan sebagai .xlsx atau .csv, lalu ulangi.
roster-file-too-many-parts = Berkas ini terdiri atas lebih dari { $limit } bagian (lembar, gambar, catatan, pengaturan cetak). Salin lembar daftar peserta ke buku kerja baru, simpan sebagai .xlsx, lalu ulangi.
roster-file-too-many-rows = Berkas ini berisi lebih dari { $limit } baris. Bagi menurut instansi, lalu impor satu per satu.
roster-file-too-many-units = Berkas ini menyebut terlalu banyak instansi atau unit kerja. Periksa apakah kolomnya tertukar.
roster-file-row-too-long = Sebuah sel atau baris berkas ini berisi lebih dari { $limit } MiB teks. Salin tabelnya ke buku kerja baru, simpan sebagai .xlsx atau .csv, lalu ulangi.
roster-file-too-many-relations = Buku kerja ini menyebut lebih dari { $limit } lembar. Salin lembar daftar peserta ke buku kerja baru, simpan sebagai .xlsx, lalu ulangi.
roster-file-too-many-strings = Teks dalam buku kerja ini melampaui batas ({ $limit } MiB). Bagi menurut instansi, atau simpan sebagai .csv, lalu ulangi.
roster-file-too-much-work = Pemeriksaan dihentikan setelah { $limit } langkah: isi berkas ini jauh lebih banyak daripada berkas lain seukurannya. Salin tabelnya ke buku kerja baru, simpan sebagai .xlsx atau .csv, lalu ulangi.
roster-file-too-much-memory = Pemeriksaan dihentikan: berkas ini beserta berkas lain yang sedang diperiksa memerlukan memori melampaui batas ({ $limit } MiB). Tunggu sampai pemeriksaan lain selesai, atau bagi menurut instansi, lalu ulangi.
roster-file-password = Berkas ini dilindungi kata sandi. Buka di Excel, hapus kata sandinya (Info > Proteksi Buku Kerja), simpan, lalu ulangi.
roster-file-old-excel = Berkas ini berformat Excel lama (.xls). Buka di Excel, pilih Simpan Sebagai > Buku Kerja Excel (.xlsx), lalu ulangi.
roster-file-html = Berkas ini halaman web (HTML), apa pun namanya; banyak aplikasi mengekspor tabel sebagai .xls seperti ini. Bila aplikasinya dapat mengekspor .xlsx atau CSV, gunakan itu. Bila tidak, buka di Excel, pilih Simpan Sebagai > Buku Kerja Excel (.xlsx), lalu periksa kolom NIP: Excel hanya menyimpan 15 digit.
roster-file-xml-spreadsheet = Berkas ini berformat Lembar Bentang XML 2003, apa pun namanya. Buka di Excel, pilih Simpan Sebagai > Buku Kerja Excel (.xlsx), lalu ulangi.
roster-file-xml = Berkas ini berupa data XML, apa pun namanya. Ekspor daftar peserta sebagai .xlsx atau CSV dari aplikasi asalnya, lalu ulangi.
roster-file-binary-workbook = Berkas ini buku kerja biner Excel (.xlsb). Buka di Excel, pilih Simpan Sebagai > Buku Kerja Excel (.xlsx), lalu ulangi.
roster-file-open-document = Berkas ini berformat OpenDocument (misalnya .ods). Buka di LibreOffice atau Excel, pilih Simpan Sebagai > Excel 2007-365 (.xlsx), lalu ulangi.
roster-file-numbers = Berkas ini berformat Numbers (Apple). Buka di Numbers, pilih Berkas > Ekspor Ke > Excel (.xlsx), lalu ulangi.
roster-file-word = Berkas ini dokumen Word. Salin tabelnya ke Excel dengan kolom NIP berformat Teks, simpan sebagai .xlsx, lalu ulangi.
roster-file-archive = Berkas ini arsip (.rar, .7z, .gz, dan sejenisnya), bukan buku kerja. Ekstrak dahulu, lalu pilih berkas .xlsx atau .csv di dalamnya.
roster-file-no-visible-sheet = Semua lembar buku kerja ini tersembunyi, dan lembar tersembunyi tidak dibaca. Tampilkan lembar daftar peserta di Excel, simpan, lalu ulangi.
roster-file-too-many-sheets = Buku kerja ini berisi lebih dari { $limit } lembar. Salin lembar daftar peserta ke buku kerja baru, simpan sebagai .xlsx, lalu ulangi.
roster-file-no-table = Berkas ini { $kind ->
    [PDF] dokumen PDF
    [gambar] gambar
    [sementara] berkas sementara yang dibuat Excel selama sebuah buku kerja terbuka (namanya diawali ~$)
   *[biner] data biner
}, bukan tabel, apa pun namanya. Pilih berkas .xlsx atau .csv yang berisi daftar peserta.
roster-file-no-workbook = Berkas ini bukan buku kerja Excel. Bila ini arsip .zip, ekstrak dahulu, lalu pilih berkas .xlsx atau .csv di dalamnya. Bila bukan, simpan daftar peserta sebagai .xlsx atau .csv, lalu ulangi.
roster-file-damaged = Berkas ini rusak atau terpotong. Minta atau unduh ulang berkas aslinya, lalu ulangi.
roster-file-broken-text = Baris { $line } berisi huruf yang rusak. Simpan ulang dari aplikasi asalnya sebagai "CSV UTF-8" atau .xlsx, lalu ulangi.
roster-file-quote-not-closed = Tanda kutip (") yang dibuka di baris { $line } tidak ditutup di selnya, sehingga baris-baris di bawahnya ikut terbaca sebagai isi sel itu. Tutup atau hapus tanda kutip itu, atau simpan ulang dari Excel sebagai .xlsx, lalu ulangi.
roster-file-no-header = Baris judul kolom tidak ditemukan. Pilih isi kolom-kolomnya, atau beri judul: sedikitnya NAMA dan satu lagi, misalnya NIP atau UNIT KERJA.{ $hidden ->
    [yes] {" "}Lembar tersembunyi tidak dibaca: { $sheets }. Bila daftarnya di sana, tampilkan lembarnya di Excel, simpan, lalu ulangi.
   *[no] {""}
}
roster-file-ambiguous-columns = Kolom { $first } dan { $second } berjudul sama, atau dipilih untuk isi yang sama. Pilih mana yang dibaca, atau ubah judul salah satunya.
roster-file-unread-numbers = Kolom { $column }{ $headed ->
    [yes] {" "}({ $heading })
   *[no] {" "}(tanpa judul)
}{ $named ->
    [yes] {" "}pada lembar { $sheet }
   *[no] {""}
} berisi nomor seperti NIP ({ $samples }), tetapi judulnya tidak dikenal sebagai kolom NIP. Bila itu NIP peserta, pilih isinya atau ubah judulnya menjadi NIP; bila bukan, pilih "tidak disimpan" atau hapus kolom itu. Lalu ulangi.
roster-file-no-institution-column = { $named ->
    [known] Lembar { $sheet } tidak memiliki kolom INSTANSI, tetapi namanya sebuah instansi. Bila setiap lembar berisi satu instansi, impor dengan pilihan "nama lembar adalah unit atau instansi" (--unit-from-sheet).
    [unknown] Lembar { $sheet } tidak memiliki kolom INSTANSI, dan namanya bukan instansi kegiatan ini. Ubah nama lembarnya menjadi nama atau kode instansinya, atau tambahkan kolom INSTANSI.
   *[none] Berkas ini tidak menyebut instansi. Tambahkan kolom INSTANSI, atau pilih satu instansi untuk seluruh berkas.
}
roster-file-no-such-institution = Kegiatan ini tidak memiliki instansi dengan kode { $code }.
roster-file-no-people = Berkas ini tidak berisi seorang pun.{ $hidden ->
    [yes] {" "}Lembar tersembunyi tidak dibaca: { $sheets }. Bila daftarnya di sana, tampilkan lembarnya di Excel, simpan, lalu ulangi.
   *[no] {""}
}
roster-file-no-participants = Tidak satu pun dari { $rows } baris diakui sebagai peserta; yang pertama: { $first }. Seseorang tanpa nomor diakui bila barisnya berisi jabatan, jenis pegawai, atau unit kerja. Tambahkan salah satu kolom itu, atau isi NIP-nya, lalu ulangi.
roster-file-cancelled = Impor dibatalkan; tidak ada yang berubah.
roster-file-unreadable = Berkas ini tidak dapat dibaca dari penyimpanan. Ulangi; bila tetap gagal, hubungi pengelola sistem.

# Isi kolom, seperti dipilih orang.
roster-field-identifier = NIP atau NI PPPK
roster-field-number = nomor peserta
roster-field-name = nama
roster-field-front-title = gelar depan
roster-field-back-title = gelar belakang
roster-field-institution = instansi
roster-field-institution-code = kode instansi
roster-field-parent-unit = perangkat daerah
roster-field-unit = unit kerja
roster-field-sub-unit = sub unit kerja
roster-field-unit-id = kode unit
roster-field-location = tempat kerja
roster-field-rank = pangkat
roster-field-grade = golongan
roster-field-position = jabatan
roster-field-employment = jenis pegawai
roster-field-civil-status = CPNS atau PNS
roster-field-legal-standing = kedudukan hukum
roster-column-not-kept = tidak disimpan
roster-column-unknown = tidak dikenal, tidak disimpan
roster-column-remembered = { $use } (diingat dari impor sebelumnya)
roster-column-said = { $use } (pilihan Anda)
roster-columns-title = Kolom dalam berkas
roster-columns-heading = judul
roster-columns-samples = contoh isi
roster-columns-read-as = dibaca sebagai
roster-columns-sheet = lembar { $sheet }{ $more ->
    [0] {""}
   *[other] {" "}dan { $more } lembar lain
}
roster-columns-more = Berkas ini memiliki lebih banyak kolom daripada yang ditampilkan.
roster-columns-names = Nama orang-orang pertama, seperti tercetak pada piagam
roster-columns-hint = Salah dibaca? --column ISI=KOLOM, misalnya --column NIP=C; --column -=C: tidak disimpan.
roster-choice-form = { $text } tidak menunjuk sebuah kolom. Tulis isi dan huruf kolomnya, misalnya NIP=C; tanda hubung untuk kolom yang tidak disimpan, misalnya -=C.
roster-choice-field = { $text } bukan isi yang dikenal. Yang dikenal: { $fields }; atau tanda hubung (-) untuk kolom yang tidak disimpan.
roster-choice-twice = { $text } dipilih dua kali. Satu kolom berisi satu hal, dan satu hal ada di satu kolom.
roster-choice-too-many = Terlalu banyak kolom dipilih; paling banyak { $limit }.

roster-not-draft = Daftar peserta sudah dikunci: kegiatan ini bukan konsep lagi.
roster-overtaken = Impor lain selesai lebih dahulu. Ulangi impor ini agar dibandingkan dengan daftar yang terbaru.

# Kesalahan pada baris, dan cara memperbaikinya.
roster-fault-numeric-identifier = NIP tersimpan sebagai angka sehingga digit terakhirnya hilang (Excel hanya menyimpan 15 digit).
roster-remedy-numeric-identifier = Ubah format kolom menjadi Teks, lalu isi ulang nomornya dari sumber asli.
roster-fault-identifier-empty = Nomor kosong.
roster-remedy-identifier-empty = Isi NIP, NI PPPK, atau nomor peserta.
roster-fault-identifier-length = Jumlah digitnya bukan 18.
roster-remedy-identifier-length = Periksa nomor: NIP dan NI PPPK berisi 18 digit.
roster-fault-identifier-birth-date = Tanggal lahir di dalam nomor ini tidak ada.
roster-remedy-identifier-birth-date = Periksa delapan digit pertama.
roster-fault-identifier-appointment = Bulan pengangkatan atau kode perjanjian kerja di dalam nomor ini tidak ada.
roster-remedy-identifier-appointment = Periksa digit ke-9 sampai ke-14.
roster-fault-identifier-sex = Digit jenis kelamin di dalam nomor ini bukan 1 atau 2.
roster-remedy-identifier-sex = Periksa digit ke-15.
roster-fault-identifier-serial-zero = Nomor berakhir dengan 000, seperti yang tersisa bila Excel hanya menyimpan 15 digit.
roster-remedy-identifier-serial-zero = Ubah format kolom menjadi Teks, lalu isi ulang nomornya dari sumber asli.
roster-fault-identifier-form = Ini bukan NIP, NI PPPK, atau nomor peserta.
roster-remedy-identifier-form = Isi 18 digit, atau nomor peserta dalam bentuk KODE-NOMOR.
roster-fault-born-ahead = Tanggal lahir di dalam nomor ini belum tiba.
roster-remedy-born-ahead = Periksa delapan digit pertama.
roster-fault-appointed-ahead = Pengangkatan di dalam nomor ini lebih dari setahun lagi.
roster-remedy-appointed-ahead = Periksa digit ke-9 sampai ke-14.
roster-fault-appointed-too-young = Menurut nomor ini orangnya diangkat sebelum berumur 15 tahun.
roster-remedy-appointed-too-young = Periksa tahun lahir (digit ke-1 sampai ke-4) dan tahun pengangkatan (digit ke-9 sampai ke-12).
roster-fault-number-is-a-date = Ini tanggal, bukan nomor.
roster-remedy-number-is-a-date = Isi NIP, NI PPPK, atau nomor peserta. Bila orang ini belum bernomor, kosongkan selnya: ia akan diberi nomor peserta.
roster-fault-number-is-a-word = Ini keterangan, bukan nomor.
roster-remedy-number-is-a-word = Bila orang ini belum bernomor, kosongkan selnya: ia akan diberi nomor peserta. Bila sudah, isi nomornya.
roster-fault-number-issuer = Bagian di depan tanda hubung ({ $issuer }) bukan kode atau nama instansi dalam kegiatan ini.
roster-remedy-number-issuer = Nomor peserta diawali kode instansi, misalnya 16.71-000123; NIP dan NI PPPK berisi 18 digit. Bila orang ini belum bernomor, kosongkan selnya: ia akan diberi nomor peserta.
roster-fault-nik = Nomor 16 digit ini tampaknya NIK.
roster-remedy-nik = Jangan gunakan NIK. Isi NIP atau nomor peserta, atau kosongkan.
roster-fault-name-missing = Nama kosong.
roster-remedy-name-missing = Isi nama, atau hapus baris ini.
roster-fault-name-has-digits = Nama berisi angka.
roster-remedy-name-has-digits = Periksa apakah kolomnya bergeser, atau hapus baris ini bila bukan peserta.
roster-fault-name-has-sign = Nama berisi tanda { $sign }, yang tidak ada dalam nama.
roster-remedy-name-has-sign = Tulis satu nama dalam satu sel, tanpa catatan. Bila tanda itu menggantikan huruf yang hilang, isi ulang namanya dari sumber asli.
roster-fault-too-long = Isinya lebih dari { $limit } huruf.
roster-remedy-too-long = Persingkat isinya.
roster-fault-name-bytes = Nama beserta gelarnya memerlukan { $bytes } byte, lebih dari batasnya ({ $limit }). Huruf seperti é memerlukan 2 byte, huruf seperti Ḥ 3 byte.
roster-remedy-name-bytes = Singkat gelarnya.
roster-fault-institution-missing = Instansi kosong.
roster-remedy-institution-missing = Isi nama atau kode instansi. Bila instansi hanya ditulis sekali di atas, impor dengan pilihan "isi ke bawah" (--fill-down).
roster-fault-institution-code = Kode instansi ini tidak dapat dipakai.
roster-remedy-institution-code = Tulis paling banyak 16 huruf dan angka, dengan titik tunggal di antaranya, misalnya 16.71.
roster-fault-institution-unknown = Instansi ini tidak ada dalam kegiatan.
roster-remedy-institution-unknown = { $found ->
    [yes] Mungkin maksudnya { $alike }. {""}
   *[no] {""}
}Tulis namanya seperti di daftar instansi kegiatan, atau gunakan kodenya.
roster-fault-institution-contradiction = Kode dan nama instansi di baris ini tidak cocok; yang tercatat: { $known }.
roster-remedy-institution-contradiction = Periksa mana yang benar, lalu samakan keduanya.
roster-fault-institution-other = Baris ini milik instansi lain; berkas ini untuk { $expected }.
roster-remedy-institution-other = Pindahkan baris ini ke berkas instansinya.
roster-fault-duplicate = { $named ->
        [no] Orang ini sudah ada di baris { $row }.
       *[yes] Orang ini sudah ada di baris { $row } (lembar { $sheet }).
    }
roster-remedy-duplicate = Hapus salah satu baris.
roster-fault-formula = Sel ini berisi rumus.
roster-remedy-formula = Salin kolomnya, lalu tempel sebagai nilai.
roster-fault-cell-error = Sel ini berisi galat rumus, misalnya #N/A atau #REF!, bukan data.
roster-remedy-cell-error = Isi dengan nilai yang benar, atau kosongkan bila memang tidak ada.
roster-fault-second-header = Baris ini berisi judul kolom lagi.
roster-remedy-second-header = Sisakan satu baris judul, dan hapus baris ini.
roster-fault-beyond-header = Ada isi di sebelah kanan kolom terakhir yang berjudul.
roster-remedy-beyond-header = Bila isi baris ini bergeser, misalnya karena koma di dalam nama, apit sel itu dengan tanda kutip atau simpan sebagai .xlsx. Bila ini kolom tersendiri, beri judul; bila catatan, hapus.
roster-fault-merged = Sel { $range } digabung.
roster-remedy-merged = { $fills ->
    [yes] Pisahkan sel gabungan, lalu isi setiap barisnya; atau impor dengan pilihan "isi ke bawah" (--fill-down).
   *[no] Pisahkan sel gabungan, lalu isi setiap barisnya.
}
roster-fault-participant-number = Nomor peserta berisi huruf atau tanda yang tidak dikenal, atau terlalu panjang.
roster-remedy-participant-number = Gunakan huruf, angka, titik, garis miring, dan tanda hubung; paling banyak 32.
roster-fault-broken-text = Ada huruf yang rusak.
roster-remedy-broken-text = Ketik ulang isinya.
roster-fault-direction = Ada karakter tak tampak { $character } pada huruf ke-{ $place }, yang membalik arah tulisan.
roster-remedy-direction = Ketik ulang isinya tanpa menempel.
roster-fault-marks = Terlalu banyak tanda bertumpuk pada satu huruf ({ $character }, huruf ke-{ $place }).
roster-remedy-marks = Ketik ulang isinya.
roster-fault-unprintable = Karakter { $character } pada huruf ke-{ $place } tidak dapat dicetak pada piagam.
roster-remedy-unprintable = Ganti dengan huruf Latin atau tanda baca biasa, atau hapus.
roster-fault-garbled = Ada huruf yang rusak karena pengodean berkas: "{ $found }" seharusnya mungkin "{ $meant }".
roster-remedy-garbled = Ambil ulang berkas dari sumbernya sebagai XLSX atau CSV UTF-8, atau perbaiki hurufnya.
roster-fault-markup = Ada sisa kode halaman web: { $found }.
roster-remedy-markup = Ganti dengan huruf atau tanda yang dimaksud.

# Laporan di terminal.
roster-report-dry-run = Uji coba: tidak ada yang diubah.
roster-report-applied = Daftar peserta berlaku.
roster-report-unchanged = Daftar peserta sudah sama dengan berkas: tidak ada yang berubah.
roster-report-refused = Berkas ditolak: { $faults } kesalahan. Tidak ada yang berubah.
roster-report-people = Peserta dalam berkas: { $people } (diberi nomor: { $numbered })
roster-report-employment = Jenis pegawai: { $kinds }
roster-report-kept = Kolom yang tidak ada dalam berkas; isinya tetap seperti dalam daftar yang berlaku: { $columns }
roster-kept-unit = unit kerja ({ $count } orang)
roster-kept-location = lokasi kerja ({ $count } orang)
roster-kept-rank = pangkat ({ $count } orang)
roster-kept-position = jabatan ({ $count } orang)
roster-kept-employment = jenis pegawai ({ $count } orang)
roster-report-changes = Ditambah { $added }, diubah { $changed }, tetap { $unchanged }, dihapus { $removed }
roster-report-stays = { $count } instansi lain tetap seperti adanya ({ $people } peserta).
roster-report-stays-line = tetap: { $code } ({ $people } peserta)
roster-report-moved = Berpindah instansi: { $moved }
roster-report-elsewhere = instansi lain
roster-report-moved-line = { $name }: { $from } -> { $to }
roster-report-units = Unit kerja: { $units }, baru: { $new }
roster-report-look-alike = Nama unit yang mirip ({ $institution }): { $one } | { $other }
roster-report-institutions-alike = Nama instansi yang mirip, mungkin satu instansi: { $one } | { $other }. Bila memang satu, samakan namanya dalam berkas sebelum diimpor.
roster-report-look-alikes-incomplete = Tidak semua nama unit dibandingkan karena jumlah atau panjangnya. Mungkin masih ada nama lain yang mirip.
roster-report-created = Instansi baru: { $code } { $name }
roster-report-code-in-use = Kode { $code } ({ $name }) dipakai kegiatan lain untuk { $known }. Bila ini instansi yang sama, ulangi dengan --same-institution dan kodenya di situ; bila tidak, instansi ini dicatat sebagai instansi lain dan operator yang satu tidak melihat yang lain.
roster-report-code-same = { $code } { $name }: instansi yang sama dengan { $node } di kegiatan lain.
roster-report-renamed = { $node } { $before }: sekarang bernama { $after }.
roster-report-unit-asked = Unit baru { $path }: mungkin nama baru dari { $known }. Bila ini unit yang sama, ulangi dengan --same-unit "{ $node }={ $name }" (atau kode unit lain itu); bila tidak, ini dicatat sebagai unit baru, dan nanti tidak dapat digabungkan lagi.
roster-report-unit-choice = { $node } { $name } (peserta yang sama: { $people }, akun: { $accounts })
roster-report-units-asked-more = Unit baru lain yang mungkin hanya berganti nama dan tidak disebut di sini: { $count }. Bila salah satunya unit yang sama dengan sebelumnya, impor di terminal dengan --same-unit KODE=NAMA.
roster-report-unit-gone = Unit { $node } { $name } tidak ada dalam berkas. Akun unit ini: { $accounts }. Sesudah impor akun itu tidak melihat peserta unit ini dalam kegiatan ini. Bila unit ini hanya berganti nama, nyatakan sebelum mengimpor.
roster-report-units-gone-more = Unit lain yang memiliki akun dan tidak ada dalam berkas: { $count }.
roster-same-unit-unread = --same-unit tidak terbaca: { $text }. Tulis kode unit dan namanya dalam berkas, misalnya --same-unit "16.71/4=Dinas Baru".
roster-same-unit-unknown = { $node } bukan unit yang terdaftar pada instansi dalam berkas ini. Tidak ada yang berubah.
roster-same-unit-not-in-file = Berkas tidak memuat unit bernama { $name } di tempat { $node }, yaitu di bawah induk yang sama. Tidak ada yang berubah.
roster-same-unit-still-there = { $node } masih ada dalam berkas sebagai { $more }, sehingga { $name } unit lain. Tidak ada yang berubah.
roster-same-unit-other = { $name } sudah terdaftar sebagai unit { $more }, sehingga bukan nama baru dari { $node }. Tidak ada yang berubah.
roster-same-unit-twice = Satu unit hanya dapat menjadi satu unit: { $node } atau { $name } disebut dua kali. Tidak ada yang berubah.
roster-same-unit-too-many = Paling banyak { $most } unit yang berganti nama dapat disebut sekaligus. Tidak ada yang berubah.
roster-note-row = baris { $row }{ $sheet }: { $text }
roster-note-numberless = Tanpa nomor, mendapat nomor peserta: { $count } orang ({ $rows })
roster-note-not-participants = Bukan peserta, tidak diambil: { $count } baris ({ $rows })
roster-note-numbers-by-name = Memakai lagi nomor lama, dikenali dari nama saja karena unit kerjanya berubah: { $count } orang ({ $rows })
roster-note-two-numbers = Nama dan tanggal lahirnya muncul dengan NIP dan juga dengan NI PPPK, mungkin satu orang: { $count } orang ({ $rows })
roster-note-ended-service = Kedudukan hukumnya pensiun, meninggal, atau berhenti, tetapi tetap menjadi peserta: { $count } orang ({ $rows })
roster-note-hidden-rows = Di baris yang tersembunyi atau tersaring, tetapi tetap dibaca: { $count } orang ({ $rows })
roster-note-hidden-columns = Kolom tersembunyi yang dibaca: { $count } kolom ({ $rows })
roster-note-empty-nip-columns = Kolom NIP kosong: tidak seorang pun dari { $people } orang di { $count } lembar bernomor, sehingga semuanya akan diberi nomor peserta ({ $rows })
roster-note-blank-units = Unit kerja kosong di bawah baris yang berisi unit: { $count } orang ({ $rows }). Bila unit hanya ditulis sekali di atas, impor dengan pilihan "isi ke bawah" (--fill-down).
roster-note-filled-down = Instansi atau unit diisi dari baris di atasnya: { $count } orang ({ $rows })
roster-note-sheets-as-units = Tanpa kolom unit, tetapi nama lembarnya mungkin unit: { $count } lembar ({ $rows }). Bila memang unit, impor dengan pilihan "nama lembar adalah unit atau instansi" (--unit-from-sheet).
roster-note-other-employment = Jenis pegawainya tidak dikenal, disimpan sebagai lainnya: { $count } orang ({ $rows })
roster-note-unclear-employment = Jenis pegawainya tidak pasti (misalnya hanya ASN), dianggap belum diisi: { $count } orang ({ $rows })
roster-report-sheet-no-header = Lembar tanpa judul kolom tidak dibaca: { $sheet }. Baris berisi: { $rows }. Yang pertama: { $first }
roster-report-sheet-hidden = Lembar tersembunyi tidak dibaca: { $sheet }. Baris berisi: { $rows }. Yang pertama: { $first }
roster-report-sheet-very-hidden = Lembar yang tersembunyi dari menu Excel tidak dibaca: { $sheet }. Baris berisi: { $rows }. Yang pertama: { $first }
roster-report-unnamed-column = Kolom { $column }{ $named ->
    [yes] {" "}pada lembar { $sheet }
   *[no] {""}
} tidak berjudul dan tidak dibaca: { $samples }
roster-report-fault = baris { $row }{ $sheet }, { $value }: { $remark }
roster-report-more-faults = ... dan { $more } kesalahan lain
roster-report-annotated = Berkas dengan kolom keterangan: { $path }
roster-no-such-campaign = Tidak ada kegiatan dengan nama pendek { $slug }.

# Jenis pegawai.
employment-pns = PNS
employment-cpns = CPNS
employment-pppk = PPPK
employment-pppk-part-time = PPPK paruh waktu
employment-non-asn = Non-ASN
employment-village-head = Kepala desa
employment-village-staff = Perangkat desa
employment-other = Lainnya
employment-unset = belum diisi

# Daftar.
list-identifier = NIP / NOMOR PESERTA
list-name = NAMA
list-institution-code = KODE INSTANSI
list-institution = INSTANSI
list-unit = UNIT KERJA
list-employment = JENIS PEGAWAI
list-access-code = KODE AKSES
list-status = STATUS
list-signed-at = WAKTU
list-signed = sudah menandatangani
list-not-signed = belum menandatangani
list-no-such-institution = Kegiatan ini tidak memiliki instansi itu.
list-no-such-unit = Daftar peserta tidak memiliki unit kerja itu.
list-written = { $people } peserta ditulis ke { $path }. Rahasia: siapa pun yang memegang kode dapat menandatangani.

# Ekspor daftar peserta dan contoh berkas.
roster-column-identifier = NIP / NOMOR PESERTA
roster-column-name = NAMA
roster-column-institution-code = KODE INSTANSI
roster-column-institution = INSTANSI
roster-column-parent-unit = PERANGKAT DAERAH
roster-column-unit = UNIT KERJA
roster-column-sub-unit = SUB UNIT KERJA
roster-column-unit-code = KODE UNIT
roster-column-location = LOKASI KERJA
roster-column-rank = PANGKAT
roster-column-position = JABATAN
roster-column-employment = JENIS PEGAWAI
roster-template-sheet = Daftar peserta
roster-template-explanation = Petunjuk
roster-template-note = Isi lembar pertama: satu baris satu orang. Lembar ini hanya penjelasan dan tidak dibaca.
roster-template-column = KOLOM
roster-template-needed = WAJIB
roster-template-means = ISI
roster-template-example = CONTOH
roster-template-is-needed = wajib
roster-template-is-optional = boleh kosong
roster-template-means-identifier = NIP atau NI PPPK (18 digit), atau nomor peserta dalam bentuk KODE-NOMOR. Kolom ini sudah berformat Teks supaya digitnya tidak terpotong. Kosongkan bagi orang yang belum bernomor: ia diberi nomor peserta.
roster-template-means-name = Nama lengkap beserta gelar, seperti yang akan tercetak pada piagam.
roster-template-means-institution-code = Kode instansi dalam kegiatan. Isi kode atau nama instansi bila berkas memuat beberapa instansi.
roster-template-means-institution = Nama instansi, seperti dalam kegiatan.
roster-template-means-parent-unit = Perangkat daerah (OPD): dinas, badan, kecamatan.
roster-template-means-unit = Unit kerja di bawah perangkat daerah: bidang, sekolah, puskesmas.
roster-template-means-sub-unit = Sub unit kerja di bawah unit kerja: seksi, subbagian.
roster-template-means-unit-code = Pembeda bila dua unit bernama sama.
roster-template-means-location = Kabupaten atau kota tempat bekerja.
roster-template-means-rank = Pangkat dan golongan, untuk pakta integritas.
roster-template-means-position = Jabatan, untuk pakta integritas.
roster-template-means-employment = PNS, CPNS, PPPK, PPPK paruh waktu, Non-ASN, Kepala desa, Perangkat desa, atau Lainnya. Kosong berarti belum diisi.
roster-template-example-identifier = 198001012005012001
roster-template-example-name = Dr. Siti Aminah, S.E., M.Si.
roster-template-example-institution-code = 16.71
roster-template-example-institution = Pemerintah Kota Palembang
roster-template-example-parent-unit = Dinas Kesehatan
roster-template-example-unit = Puskesmas Dempo
roster-template-example-sub-unit = Subbagian Tata Usaha
roster-template-example-unit-code = 12
roster-template-example-location = Kota Palembang
roster-template-example-rank = Penata (III/c)
roster-template-example-position = Perawat Ahli Muda
roster-template-example-employment = PNS
roster-export-written = { $people } peserta ditulis ke { $path }. Berisi NIP: simpan dengan aman.
roster-template-written = Contoh berkas ditulis ke { $path }.
roster-export-nobody = Daftar peserta masih kosong.
