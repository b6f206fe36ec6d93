account-role-organizer = penyelenggara
account-role-operator = operator instansi
account-role-viewer = peninjau

account-refusal-wrong = Nama akun atau kata sandi belum tepat. Periksa kembali keduanya.
account-refusal-busy = Terlalu banyak orang masuk pada saat yang sama. Coba lagi beberapa detik lagi.
account-refusal-store = Penyimpanan sedang terganggu. Coba lagi beberapa menit lagi.
account-refusal-old-password = Kata sandi yang sekarang belum tepat.
account-refusal-short = Kata sandi baru sedikitnya 12 huruf. Beberapa kata yang mudah Anda ingat sudah cukup.
account-refusal-long = Kata sandi baru terlalu panjang.
account-refusal-plain = Kata sandi baru terlalu mudah ditebak. Jangan memuat nama akun atau satu huruf yang diulang.
account-refusal-same = Kata sandi baru masih sama dengan yang lama.
account-refusal-login = Nama akun terdiri atas 2 sampai 40 huruf kecil, angka, titik, garis bawah, tanda hubung, atau @, dan diawali huruf atau angka.
account-refusal-name = Isi nama orangnya, paling banyak 120 huruf.
account-refusal-scope = Pilih sedikitnya satu instansi untuk akun ini.
account-refusal-taken = Nama akun itu sudah dipakai.
account-refusal-unknown = Akun itu tidak ada.
account-refusal-last-organizer = Ini satu-satunya penyelenggara yang masih dapat masuk. Tambahkan penyelenggara lain terlebih dahulu.
account-refusal-full = Jumlah akun sudah mencapai batas.

account-first = Akun konsol pertama dibuat. Nama akun: { $login }. Kata sandi sekali pakai: { $password }. Ganti saat pertama kali masuk.
account-password = Kata sandi sekali pakai untuk { $login }: { $password }. Ganti saat pertama kali masuk.
