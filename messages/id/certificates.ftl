certificates-nobody-signed = Belum ada yang menandatangani kegiatan ini.
certificates-written = { $count } sertifikat ditulis ke { $path }.
certificates-faults = { $count } sertifikat tidak dapat dibuat.
