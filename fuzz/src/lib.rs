//! What the targets share: the bodies, and the initial corpus.

#[path = "../bodies/mod.rs"]
pub mod bodies;

use bodies::FuzzBody;
use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

/// Defines the libFuzzer target of a body.
#[macro_export]
macro_rules! fuzz_body {
    ($body:ident) => {
        use libfuzzer_sys::fuzz_target;

        fuzz_target!(init: $crate::write_start(&$crate::bodies::$body), |data: &[u8]| ($crate::bodies::$body.run)(data));
    };
}

/// Writes a body's seeds and dictionary into the folder that `IKRAR_FUZZ_START` names, if any: `NAME/seed-N`,
/// `NAME.dict`, `NAME.max_len`.
pub fn write_start(body: &FuzzBody) {
    let Some(folder) = env::var_os("IKRAR_FUZZ_START").map(PathBuf::from) else { return };
    let corpus = folder.join(body.name);
    fs::create_dir_all(&corpus).expect("the folder of the corpus can be made");
    for (number, seed) in (body.seeds)().iter().enumerate() {
        fs::write(corpus.join(format!("seed-{number}")), seed).expect("a seed can be written");
    }
    let write = |ending: &str, content: String| {
        fs::write(folder.join(format!("{}.{ending}", body.name)), content).expect("the start can be written");
    };
    write("max_len", body.input_bytes_max.to_string());
    let mut dictionary = String::new();
    for word in body.dictionary {
        let escaped: String = word.bytes().map(|byte| format!("\\x{byte:02X}")).collect();
        writeln!(dictionary, "\"{escaped}\"").expect("a string grows");
    }
    write("dict", dictionary);
}
