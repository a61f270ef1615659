//! Who exists: enterprises with their code, place and kind.
//! Knows no workbook: `register` reads it from tables.

use super::{Date, Provenance};

/// Position of an enterprise in [`Register::enterprises`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnterpriseId(pub u32);

/// An enterprise or venue of the register (企业名录).
#[derive(Debug, Clone)]
pub struct Enterprise {
    /// The office's own number, e.g. E001; empty where the register has none.
    pub number: String,
    /// Name as registered.
    pub name: String,
    /// Former name; empty where none.
    pub former_name: String,
    /// Unified social credit code, upper case; empty where none.
    pub code: String,
    /// Whether the code's check character is right (GB 32100-2015). A wrong code identifies nobody.
    pub code_valid: bool,
    /// Village, as written.
    pub village: String,
    /// Sector (行业领域), as written.
    pub sector: String,
    /// Kind (类别), as written, e.g. 加油站.
    pub kind: String,
    /// Kinds of venue (场所类型), one each.
    pub venues: Vec<String>,
    /// Supervising department.
    pub department: String,
    /// Risk colour.
    pub risk: String,
    /// Day from which it exists, where it is new; none: always.
    pub entered: Option<Date>,
    /// Day from which it no longer exists.
    pub left: Option<Date>,
    /// Where it stands: the cell of its name.
    pub at: Provenance,
}

/// The register of a town. Empty when the inbox holds none.
#[derive(Debug, Clone, Default)]
pub struct Register {
    /// Enterprises in the order of the workbook.
    pub enterprises: Vec<Enterprise>,
    /// County and town, as the names of enterprises begin with them; empty where unknown.
    pub county: String,
    /// Town.
    pub town: String,
}

impl Register {
    /// The enterprise with this position; positions are only made by `register`, so it exists.
    pub fn get(&self, id: EnterpriseId) -> &Enterprise {
        &self.enterprises[id.0 as usize]
    }
}
