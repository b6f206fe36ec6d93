//! The arguments that every scenario has: which database, how many servers share it, and where the report goes.

use crate::bench::figures::report::BenchReport;
use crate::bench::figures::report::DatabaseEngine;
use crate::domain::reporting_group::GroupLevel;
use crate::output::{self, EXIT_BROKEN_PIPE};
use anyhow::Context;
use clap::Args;
use serde::Serialize;
use std::path::{Path, PathBuf};

const NODES_MAX: i64 = 16;

#[derive(Args)]
pub struct SharedArgs {
    /// Which database. For postgres a throw-away server is started, unless --database-url names one: then the run makes a
    /// campaign of its own there, which stays, and --data is that installation's folder. Otherwise --data says on which
    /// disk the temporary folder is made
    #[arg(long, default_value = "sqlite", value_enum, verbatim_doc_comment)]
    pub database: DatabaseEngine,
    /// How many servers share the database (postgres only)
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=NODES_MAX))]
    pub nodes: u32,
    /// automatic, institution or agency: whose numbers are published. By agency these are 720 groups, and those who
    /// watch are spread over the institutions
    #[arg(long, value_name = "LEVEL", default_value = "automatic", value_parser = group_level)]
    pub groups: GroupLevel,
    /// Also write the report here, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn group_level(text: &str) -> Result<GroupLevel, String> {
    GroupLevel::parse(text).ok_or_else(|| "one of automatic, institution, agency".into())
}

impl SharedArgs {
    /// Prints the table, writes the report if a file was named, and returns the exit code: 1 if a signing was lost or
    /// doubled.
    pub fn print_and_save<Own: Serialize>(&self, report: &BenchReport<Own>, table: &str) -> anyhow::Result<u8> {
        // The run still has to clean up, so the process must not end here.
        let is_read = output::try_print(format_args!("{table}"));
        if let Some(file) = &self.json {
            write_file(file, &(serde_json::to_string_pretty(report)? + "\n"))?;
        }
        Ok(if is_read { u8::from(!report.shared.sound) } else { EXIT_BROKEN_PIPE })
    }
}

pub fn write_file(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| file.display().to_string())
}
