//! Hands arguments, streams and today's date to `cli::run`.

fn main() {}
