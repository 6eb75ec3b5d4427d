//! GitLab: a job of the scheduled pipeline. Its script holds the path quoted for the shell; GitLab itself
//! puts no values into scripts.

use super::quote::{shell, yaml};
use super::{Plan, Refused, Unit, heading};

pub(super) fn units(plan: &Plan) -> Result<Vec<Unit>, Refused> {
    plan.no_account("GitLab")?;
    let within = plan.checked_out()?;
    let folders: String = within.folders().iter().map(|folder| format!("      mkdir -p {}\n", shell(folder))).collect();
    let kept = if within.outputs.is_empty() {
        String::new()
    } else {
        let files: String = within.outputs.iter().map(|file| format!("      - {}\n", yaml(file))).collect();
        format!("  artifacts:\n    when: always\n    paths:\n{files}")
    };
    let zone = plan.zone.map_or("the zone you choose there", |zone| zone.name());
    let mut lines = vec![
        "interdict.gitlab-ci.yml: a scheduled run each day, on what lies in the project. Include it in .gitlab-ci.yml:".to_owned(),
        "  include: interdict.gitlab-ci.yml".to_owned(),
        "A file cannot say when. Add a schedule for the protected default branch, under Build, Pipeline schedules:".to_owned(),
        format!("  {} in {zone}", plan.at.fields()),
        "The job fails on findings (exit code 1), and where the answer is not to be relied on (2 to 4).".to_owned(),
        "The history is kept in the cache; where runners share none, or it is cleared, the next run is a first one".to_owned(),
        "again, and says so.".to_owned(),
    ];
    if !plan.variables.is_empty() {
        lines.push(
            "Secrets of notices are variables of the project, masked and protected, under Settings, CI/CD, Variables:".to_owned(),
        );
        lines.push(format!("  {}", plan.variables.join(", ")));
    }
    let text = format!(
        "{}interdict:
  stage: test
  image: rust:1
  rules:
    - if: $CI_PIPELINE_SOURCE == \"schedule\"
  resource_group: interdict
  timeout: 2h
  variables:
    # Where the source is taken from, and which commit of it: there is no program to download.
    INTERDICT_SOURCE: https://example.org/interdict.git
    INTERDICT_COMMIT: \"0000000000000000000000000000000000000000\"
  cache:
    - key: interdict-$INTERDICT_COMMIT
      paths: [.interdict/]
    - key: interdict-history
      when: always
      paths: [{}, {}]
  before_script:
    - |
      test -x .interdict/bin/interdict ||
        cargo install --locked --quiet --git \"$INTERDICT_SOURCE\" --rev \"$INTERDICT_COMMIT\" --root .interdict interdict
    - export PATH=\"$PWD/.interdict/bin:$PATH\"
  script:
    - |
{folders}      interdict run --config {}
{kept}",
        heading(&lines),
        yaml(within.history),
        yaml(&format!("{}-wal", within.history)),
        shell(within.config),
    );
    Ok(vec![Unit { name: "interdict.gitlab-ci.yml", text }])
}
