//! Migrations, messages, templates and assets are embedded: a change of theirs is a change of the program.
//!
//! The lists of migrations are written here and not by `sqlx::migrate!`: that macro compiles SQLite and the drivers a
//! second time, for the compiler's own use.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    for folder in ["migrations", "messages", "templates", "assets"] {
        println!("cargo:rerun-if-changed={folder}");
    }
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let mut lists = String::new();
    for (name, folder) in [("SQLITE", "migrations/sqlite"), ("POSTGRES", "migrations/postgres")] {
        write_list(&mut lists, name, &Path::new(&root).join(folder))?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("migrations.rs"), lists)?;
    Ok(())
}

/// A constant with the name, such as `0001_first`, and the statements of each migration, in the order of the names.
fn write_list(lists: &mut String, name: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    writeln!(lists, "const {name}: &[(&str, &str)] = &[")?;
    for file in files {
        writeln!(lists, "    ({:?}, include_str!({file:?})),", file.file_stem().unwrap_or_default())?;
    }
    writeln!(lists, "];")?;
    Ok(())
}
