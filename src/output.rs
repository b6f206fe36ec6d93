//! The output of commands. No other module writes to standard output or standard error.
//!
//! When the reader of standard output goes away, as `head` does, the command ends silently, with the exit code that a
//! shell reports for any other program in a pipe. SIGPIPE stays ignored: with its default action, a client that closes
//! its socket would end the server. When standard error is closed, the command continues: its work and its exit code
//! matter more than its remarks.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::process::exit;

/// 128 plus the number of SIGPIPE (13).
pub const EXIT_BROKEN_PIPE: u8 = 141;
const FAILURE: i32 = 1;

/// Prints a line to standard output.
macro_rules! outln {
    ($($words:tt)*) => { $crate::output::line(format_args!($($words)*)) };
}

/// Prints a line to standard error.
macro_rules! errln {
    ($($words:tt)*) => { $crate::output::error_line(format_args!($($words)*)) };
}

pub(crate) use {errln, outln};

/// Prints a line to standard output, or ends the process if nobody reads it.
pub fn line(words: Arguments<'_>) {
    if !try_print(format_args!("{words}\n")) {
        exit(EXIT_BROKEN_PIPE.into());
    }
}

/// Prints to standard output and returns whether anyone reads it, for a command that must clean up before it ends.
pub fn try_print(words: Arguments<'_>) -> bool {
    let mut output = io::stdout().lock();
    match output.write_fmt(words).and_then(|()| output.flush()) {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => false,
        Err(error) => {
            error_line(format_args!("ikrar: standard output can't be written: {error}"));
            exit(FAILURE);
        }
    }
}

/// Prints a line to standard error if anyone reads it.
pub fn error_line(words: Arguments<'_>) {
    let _ = writeln!(io::stderr().lock(), "{words}");
}
