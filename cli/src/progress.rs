//! A progress bar for compilations that last, where standard error is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kiln_compiler::Progress;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// The time that a compilation may take before it shows how far it is.
const PATIENCE: Duration = Duration::from_millis(500);

/// Shows how far a compilation is. Takes its line back when dropped.
pub struct Meter {
    bar: ProgressBar,
    started: Instant,
}

impl Meter {
    /// A meter for the module of this name.
    pub fn new(name: &str) -> Self {
        let bar = ProgressBar::hidden().with_prefix(name.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{prefix}: {msg} [{bar:40}] {percent}%") {
            bar.set_style(style.progress_chars("=> "));
        }
        Self {
            bar,
            started: Instant::now(),
        }
    }

    /// Takes note of progress, from any thread.
    pub fn report(&self, progress: Progress) {
        self.show_when_due();
        match progress {
            Progress::Parsing => self.bar.set_message("parsing"),
            Progress::Compiling { done, total } => {
                self.bar.set_message("compiling");
                self.bar.set_length(total);
                self.bar.set_position(done);
            }
            Progress::Linking => self.bar.set_message("linking"),
            _ => {}
        }
    }

    fn show_when_due(&self) {
        let is_due = self.bar.is_hidden() && self.started.elapsed() > PATIENCE;
        if is_due && std::io::stderr().is_terminal() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
