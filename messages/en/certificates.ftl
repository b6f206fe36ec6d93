certificates-nobody-signed = Nobody has signed at this event yet.
certificates-written = { $count } certificates written to { $path }.
certificates-faults = { $count } certificates couldn't be created.
