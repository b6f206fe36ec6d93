//! The program: reads the command line and runs one command.

use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let ikrar = ikrar::commands::Ikrar::parse();
    let telemetry = ikrar::telemetry::start();
    let ended = match ikrar::commands::run(ikrar).await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            ikrar::output::remark(format_args!("ikrar: {error:#}"));
            ExitCode::FAILURE
        }
    };
    telemetry.finish().await;
    ended
}
