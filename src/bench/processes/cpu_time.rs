//! Processor time of a run, of each side by itself: what wall time can't tell where client and server share the cores.

use crate::bench::figures::report::Each;
use crate::bench::figures::statistics::{self, rounded};
use crate::bench::processes::environment::Stage;
use crate::bench::processes::procfs;
use crate::bench::processes::temporary_postgres::Throwaway;

/// Processor time so far, in microseconds; `None` where the system doesn't tell.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    server: Option<u64>,
    client: Option<u64>,
    database: Option<u64>,
}

impl Used {
    pub fn by(stage: &Stage) -> Self {
        Self {
            server: stage.nodes.iter().map(|node| procfs::cpu_micros(node.pid())).sum(),
            client: procfs::own_cpu_micros(),
            database: stage.postgres.as_ref().and_then(Throwaway::cpu_micros),
        }
    }
}

/// Processor time of one or several stretches together.
#[derive(Clone, Copy, Debug)]
pub struct Spent(Used);

impl Default for Spent {
    fn default() -> Self {
        Self(Used { server: Some(0), client: Some(0), database: Some(0) })
    }
}

impl Spent {
    /// Adds what was used from one instant to another; what was unknown once stays so.
    pub fn add(&mut self, before: &Used, after: &Used) {
        let more =
            |sum: Option<u64>, before: Option<u64>, after: Option<u64>| Some(sum? + after?.saturating_sub(before?));
        self.0 = Used {
            server: more(self.0.server, before.server, after.server),
            client: more(self.0.client, before.client, after.client),
            database: more(self.0.database, before.database, after.database),
        };
    }

    pub fn each(&self, of: usize) -> Each {
        let each = |micros: Option<u64>| Some(rounded(statistics::each(micros?, of), 10.0));
        Each {
            server_cpu_us: each(self.0.server),
            client_cpu_us: each(self.0.client),
            database_cpu_us: each(self.0.database),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_adds_up_and_is_unknown_once_it_was_unknown() {
        let used = |server, database| Used { server, client: Some(1), database };
        let mut spent = Spent::default();
        spent.add(&used(Some(10), None), &used(Some(25), None));
        spent.add(&used(Some(30), Some(1)), &used(Some(35), Some(2)));
        let each = spent.each(10);
        assert_eq!((each.server_cpu_us, each.client_cpu_us, each.database_cpu_us), (Some(2.0), Some(0.0), None));
    }
}
