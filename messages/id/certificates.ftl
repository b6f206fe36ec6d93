certificates-nobody-signed = Belum ada yang menandatangani kegiatan ini.
certificates-written = { $count } piagam ditulis ke { $path }.
certificates-faults = { $count } piagam tidak dapat dibuat.
certificates-nobody-selected = Belum ada yang menandatangani dalam pilihan ini.
certificates-no-own-copies = Piagam kegiatan ini dibuat sebelum ada salinan arsip. Unduh piagam dengan empat angka terakhir.

certificates-manifest-file = BERKAS
certificates-manifest-serial = NOMOR SERI
certificates-manifest-name = NAMA
certificates-manifest-institution-code = KODE INSTANSI
certificates-manifest-institution = INSTANSI
certificates-manifest-unit = UNIT KERJA
certificates-manifest-signed-at = DITANDATANGANI
certificates-manifest-status = KEADAAN
certificates-manifest-sha256 = SHA-256
certificates-manifest-remark = CATATAN
certificates-manifest-valid = berlaku
certificates-manifest-revoked = dicabut

certificates-verify =
    CARA MEMERIKSA PIAGAM DALAM ARSIP INI

    Kegiatan:        { $event }
    Penyelenggara:   { $organizer }
    Jumlah piagam:   { $count }
    Alamat periksa:  { $url }/v

    manifest.csv memuat satu baris untuk setiap piagam, dengan SHA-256 berkasnya dan keadaannya saat arsip
    ini dibuat. Ikrar yang dicabut sesudahnya hanya diketahui dari alamat periksa.

    1. Dengan peramban: buka { $url }/v, pilih berkas PDF-nya atau pindai kode QR pada halamannya.

    2. Tanpa jaringan, dengan program ikrar:

           ikrar verify BERKAS.pdf --trust jwks.json

       jwks.json dalam arsip ini sama dengan { $url }/.well-known/jwks.json saat arsip dibuat. Cocokkan
       keduanya bila ada jaringan: siapa pun dapat membuat arsip dengan kuncinya sendiri.
certificates-verify-sealed =
    3. Dengan program lain, tanpa Ikrar. Setiap PDF disegel dengan tanda tangan digital penyelenggara (PAdES):

           pdfsig BERKAS.pdf
           pyhanko sign validate --trust authority.pem --trust-replace BERKAS.pdf

       SHA-256 sertifikat penerbit segel, authority.pem:

           { $fingerprint }

       Cocokkan dengan yang diumumkan penyelenggara melalui saluran lain.

    Segel ini milik penyelenggara dan bukan tanda tangan elektronik tersertifikasi.
certificates-verify-unsealed =
    Piagam kegiatan ini tidak disegel: yang terbukti asli adalah data ikrar di dalam berkas dan pada kode QR,
    bukan tulisan pada halamannya. Cocokkan nama, empat angka terakhir, dan instansinya.
