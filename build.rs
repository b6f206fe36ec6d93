//! Migrations, messages, templates and assets are embedded: a change of theirs is a change of the program.

fn main() {
    for folder in ["migrations", "messages", "templates", "assets"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
