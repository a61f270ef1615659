//! What whole-run tests share.
//! Holds no expectation; those stand in the tests.

pub mod hostile;
