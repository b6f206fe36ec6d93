certificates-nobody-signed = Nobody has signed this campaign yet.
certificates-written = { $count } certificates written to { $path }.
certificates-faults = { $count } certificates could not be made.
