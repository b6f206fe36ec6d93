//! CPU time of a run, for each side: wall time can't separate client and server when they share the cores.

use crate::bench::figures::report::CpuPerOperation;
use crate::bench::figures::statistics::{self, rounded};
use crate::bench::processes::environment::Environment;
use crate::bench::processes::procfs;
use crate::bench::processes::temporary_postgres::TemporaryPostgres;

/// CPU time used so far, in microseconds; `None` if the system doesn't report it.
#[derive(Clone, Copy, Debug)]
pub struct CpuSnapshot {
    server: Option<u64>,
    client: Option<u64>,
    database: Option<u64>,
}

impl CpuSnapshot {
    pub fn take(environment: &Environment) -> Self {
        Self {
            server: environment.nodes.iter().map(|node| procfs::cpu_micros(node.pid())).sum(),
            client: procfs::own_cpu_micros(),
            database: environment.postgres.as_ref().and_then(TemporaryPostgres::cpu_micros),
        }
    }
}

/// CPU time of one or more intervals.
#[derive(Clone, Copy, Debug)]
pub struct CpuUsage(CpuSnapshot);

impl Default for CpuUsage {
    fn default() -> Self {
        Self(CpuSnapshot { server: Some(0), client: Some(0), database: Some(0) })
    }
}

impl CpuUsage {
    /// Adds the interval between two snapshots. A side that is unknown in one interval stays unknown.
    pub fn add(&mut self, before: &CpuSnapshot, after: &CpuSnapshot) {
        let more =
            |sum: Option<u64>, before: Option<u64>, after: Option<u64>| Some(sum? + after?.saturating_sub(before?));
        self.0 = CpuSnapshot {
            server: more(self.0.server, before.server, after.server),
            client: more(self.0.client, before.client, after.client),
            database: more(self.0.database, before.database, after.database),
        };
    }

    pub fn per_operation(&self, of: usize) -> CpuPerOperation {
        let each = |micros: Option<u64>| Some(rounded(statistics::per_item(micros?, of), 10.0));
        CpuPerOperation {
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
        let used = |server, database| CpuSnapshot { server, client: Some(1), database };
        let mut cpu = CpuUsage::default();
        cpu.add(&used(Some(10), None), &used(Some(25), None));
        cpu.add(&used(Some(30), Some(1)), &used(Some(35), Some(2)));
        let each = cpu.per_operation(10);
        assert_eq!((each.server_cpu_us, each.client_cpu_us, each.database_cpu_us), (Some(2.0), Some(0.0), None));
    }
}
