//! Figures: what is counted and measured, and how it is reported. Uses neither servers nor connections.

pub mod chart;
pub mod parallel_map;
pub mod progress;
pub mod recount;
pub mod report;
pub mod statistics;
pub mod table;
