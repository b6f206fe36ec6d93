#![no_main]

ikrar_fuzz::fuzz_body!(SEALED);
