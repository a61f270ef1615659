//! Reports of the year-end assessment: the result workbook, what is put up for the public, what an
//! objection changed, and the sealed record. Decides nothing: scores and ranks come as they are.

pub mod record;
