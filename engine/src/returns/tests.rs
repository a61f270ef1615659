//! Rows of data for the checks of returns.
