//! Progress on a terminal, nothing elsewhere; and the user's wish to stop.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::model::Lang;
use crate::pipeline::{Step, Watch};

/// Draws one bar a step, and remembers when each step was first and last heard of.
pub struct Bars<'a> {
    heard: Mutex<Vec<(Step, Instant, Instant)>>,
    bar: Mutex<(Option<Step>, ProgressBar)>,
    terminal: bool,
    lang: Lang,
    cancelled: &'a AtomicBool,
}

impl<'a> Bars<'a> {
    /// Bars for a terminal, or silent ones.
    pub fn new(terminal: bool, lang: Lang, cancelled: &'a AtomicBool) -> Self {
        let bar = Mutex::new((None, ProgressBar::hidden()));
        Self { heard: Mutex::new(Vec::new()), bar, terminal, lang, cancelled }
    }

    /// How long each step took by the clock, from the first to the last it was heard of.
    pub fn times(&self) -> Vec<(Step, Duration)> {
        let heard = self.heard.lock().map(|heard| heard.clone()).unwrap_or_default();
        heard.into_iter().map(|(step, first, last)| (step, last - first)).collect()
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Ok(guard) = self.bar.lock() {
            guard.1.finish_and_clear();
        }
    }
}

impl Watch for Bars<'_> {
    fn progress(&self, step: Step, done: usize, total: usize) {
        if let Ok(mut heard) = self.heard.lock() {
            let now = Instant::now();
            match heard.iter_mut().find(|(known, _, _)| *known == step) {
                Some((_, _, last)) => *last = now,
                None => heard.push((step, now, now)),
            }
        }
        if !self.terminal {
            return;
        }
        // A thread that panicked while drawing must not take the run with it.
        let Ok(mut guard) = self.bar.lock() else { return };
        if guard.0 != Some(step) {
            guard.1.finish_and_clear();
            let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len}") {
                bar.set_style(style);
            }
            bar.set_message(match step {
                Step::Read => self.lang.of("读取", "reading"),
                Step::ReadReports => self.lang.of("读取报表", "reading reports"),
                Step::Evaluate => self.lang.of("评定", "evaluating"),
            });
            *guard = (Some(step), bar);
        }
        // A step is announced before its size is known.
        guard.1.set_length(total as u64);
        // Threads report out of order; the bar never goes back.
        if done as u64 > guard.1.position() {
            guard.1.set_position(done as u64);
        }
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}
