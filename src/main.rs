//! The program: reads the command line and runs one command.

use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let ikrar = ikrar::commands::Ikrar::parse();
    ikrar::telemetry::start();
    match ikrar::commands::run(ikrar).await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("ikrar: {error:#}");
            ExitCode::FAILURE
        }
    }
}
