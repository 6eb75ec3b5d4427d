//! GitHub: a scheduled workflow. The configuration reaches the program through the environment; the folders
//! that a script makes are quoted, and a path that GitHub could take for an expression is refused.

use super::quote::{shell, yaml};
use super::{Plan, Refused, Unit, heading};
use crate::model::Zone;

pub(super) fn units(plan: &Plan) -> Result<Vec<Unit>, Refused> {
    if plan.zone != Some(Zone::UTC) {
        plan.own_clock("GitHub", "UTC")?;
    }
    plan.no_account("GitHub")?;
    let within = plan.checked_out()?;
    let folders: String = within.folders().iter().map(|folder| format!("          mkdir -p {}\n", shell(folder))).collect();
    let kept = if within.outputs.is_empty() {
        String::new()
    } else {
        let files: String = within.outputs.iter().map(|file| format!("            {file}\n")).collect();
        format!(
            "      - uses: actions/upload-artifact@v4\n        if: always()\n        with:\n          name: interdict\n          path: |\n{files}"
        )
    };
    let secrets = if plan.variables.is_empty() {
        String::new()
    } else {
        let each = plan.variables.iter().map(|name| format!("          {name}: ${{{{ secrets.{name} }}}}\n"));
        format!("        env:\n          # Secrets of the repository, of the same names.\n{}", each.collect::<String>())
    };
    let lines = [
        ".github/workflows/interdict.yml: a scheduled run each day, on what lies in the repository. Commit it to the".to_owned(),
        "default branch; only from there GitHub runs schedules. The job fails on findings (exit code 1), and where".to_owned(),
        "the answer is not to be relied on (2 to 4).".to_owned(),
        "The history is kept in the cache, which GitHub empties after a week without a run, or when it is full: the".to_owned(),
        "next run then is a first one again, and says so. Who may read the repository can read cache and artifact.".to_owned(),
    ];
    let text = format!(
        "{}name: interdict
on:
  schedule:
    # In UTC. GitHub may start it some minutes later.
    - cron: {}
  workflow_dispatch:
permissions:
  contents: read
concurrency:
  group: interdict
  cancel-in-progress: false
jobs:
  interdict:
    runs-on: ubuntu-latest
    timeout-minutes: 120
    env:
      # Where the source is taken from, and which commit of it: there is no program to download.
      INTERDICT_SOURCE: https://example.org/interdict.git
      INTERDICT_COMMIT: \"0000000000000000000000000000000000000000\"
      INTERDICT_CONFIG: {}
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/cache@v4
        with:
          path: ~/.interdict
          key: interdict-program-${{{{ runner.os }}}}-${{{{ env.INTERDICT_COMMIT }}}}
      - uses: actions/cache/restore@v4
        with:
          path: |
            {history}
            {history}-wal
          key: interdict-history-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
          restore-keys: interdict-history-
      - name: Install
        run: |
          test -x \"$HOME/.interdict/bin/interdict\" ||
            cargo install --locked --quiet --git \"$INTERDICT_SOURCE\" --rev \"$INTERDICT_COMMIT\" --root \"$HOME/.interdict\" interdict
      - name: Run
{secrets}        run: |
{folders}          \"$HOME/.interdict/bin/interdict\" run
      - uses: actions/cache/save@v4
        if: always()
        with:
          path: |
            {history}
            {history}-wal
          key: interdict-history-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
{kept}",
        heading(&lines),
        yaml(&plan.at.fields()),
        yaml(within.config),
        history = within.history,
    );
    Ok(vec![Unit { name: "interdict.yml", text }])
}
