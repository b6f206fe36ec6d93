certificates-nobody-signed = Belum ada yang menandatangani kegiatan ini.
certificates-written = { $count } piagam ditulis ke { $path }.
certificates-faults = { $count } piagam tidak dapat dibuat.
