//! What a locality plans for itself: campaigns, visits by risk colour, thresholds of signals, days of reporting.
//! Reads no folder: texts come from `cli`, by the folder and the name of their file.

use crate::calendar::Calendar;
use crate::{campaign, report, signals};

/// The plans of a run.
#[derive(Debug, Clone)]
pub struct Plans {
    /// Campaigns, by id.
    pub campaigns: Vec<campaign::Plan>,
    /// Visits in a year by risk colour.
    pub frequency: campaign::FrequencyPlan,
    /// Thresholds of the signals.
    pub signals: signals::Rules,
    /// What is to be reported, and when.
    pub calendar: Calendar,
}

impl Plans {
    /// The plans inside the program.
    pub fn built_in() -> Self {
        Self {
            campaigns: campaign::Plan::built_in(),
            frequency: campaign::FrequencyPlan::built_in(),
            signals: signals::Rules::built_in(),
            calendar: Calendar::built_in(),
        }
    }

    /// Reads one file, which takes the place of the plan with its name, or is a further campaign.
    ///
    /// `folder`: campaign, frequency, signals or calendar; `id`: name of the file without ending.
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
            "calendar" => {
                let names = report::names_of_reports();
                self.calendar.set(text, &|name| names.contains(name))
            }
            _ => Err("expected a folder campaign, frequency, signals or calendar".to_owned()),
        }
    }
}

impl Default for Plans {
    fn default() -> Self {
        Self::built_in()
    }
}
