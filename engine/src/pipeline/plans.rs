//! What a locality plans for itself: campaigns, visits by risk colour, thresholds of signals.
//! Reads no folder: texts come from `cli`, by the folder and the name of their file.

use crate::{campaign, signals};

/// The plans of a run.
#[derive(Debug, Clone)]
pub struct Plans {
    /// Campaigns, by id.
    pub campaigns: Vec<campaign::Plan>,
    /// Visits in a year by risk colour.
    pub frequency: campaign::FrequencyPlan,
    /// Thresholds of the signals.
    pub signals: signals::Rules,
}

impl Plans {
    /// The plans inside the program.
    pub fn built_in() -> Self {
        Self {
            campaigns: campaign::Plan::built_in(),
            frequency: campaign::FrequencyPlan::built_in(),
            signals: signals::Rules::built_in(),
        }
    }

    /// Reads one file, which takes the place of the plan with its name, or is a further campaign.
    ///
    /// `folder`: campaign, frequency or signals; `id`: name of the file without ending.
    /// Errors: what is wrong with it.
    pub fn set(&mut self, folder: &str, id: &str, text: &str) -> Result<(), String> {
        match folder {
            "campaign" => {
                let plan = campaign::Plan::read(id, text)?;
                self.campaigns.retain(|known| known.id() != id);
                self.campaigns.push(plan);
                self.campaigns.sort_by(|one, other| one.id().cmp(other.id()));
                Ok(())
            }
            "frequency" if id == "plan" => {
                self.frequency = campaign::FrequencyPlan::read(text)?;
                Ok(())
            }
            "frequency" => Err("expected plan.toml".to_owned()),
            "signals" => self.signals.set(id, text),
            _ => Err("expected a folder campaign, frequency or signals".to_owned()),
        }
    }
}

impl Default for Plans {
    fn default() -> Self {
        Self::built_in()
    }
}
