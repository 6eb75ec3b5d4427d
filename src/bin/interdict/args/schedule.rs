//! The command line of `schedule`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use interdict::schedule::Target;

/// Print units that start `interdict run` each day: systemd, cron, launchd, windows, kubernetes,
/// github, gitlab
///
/// The units name this program, the configuration, and the folders that a run writes to, by their
/// whole paths, so that they work as they stand. Each begins with what to put where and what switches
/// it on. Make them again when the configuration gives other outputs or another history.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  interdict schedule systemd --config /etc/interdict/interdict.toml --user interdict
  interdict schedule systemd --output /etc/systemd/system --at 05:15 --zone Europe/Berlin
  interdict schedule cron
  interdict schedule kubernetes --output deploy
  interdict schedule github > .github/workflows/interdict.yml")]
pub(crate) struct ScheduleArgs {
    /// What starts the runs
    #[arg(value_parser = target())]
    pub(crate) target: Target,
    /// Use this configuration [env: INTERDICT_CONFIG] [default: the first interdict.toml from the
    /// working directory upwards]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Time of day
    #[arg(long, value_name = "HH:MM", default_value = "06:30")]
    pub(crate) at: String,
    /// Zone of that time, such as Europe/Berlin [default: that of the machine; UTC for kubernetes and
    /// github]
    #[arg(long, value_name = "NAME")]
    pub(crate) zone: Option<String>,
    /// Account that runs it [default: the present one for systemd, launchd and windows; 65532 for
    /// kubernetes]
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// Write the files into this folder, each as a whole
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
}

/// Reads what starts the runs.
fn target() -> impl TypedValueParser<Value = Target> {
    let words = PossibleValuesParser::new(Target::ALL.iter().map(|target| target.name()));
    words.try_map(|word| Target::parse(&word).ok_or("no such target"))
}
