//! The Task Scheduler of Windows. The file is ASCII and names no encoding, so that it can be read however
//! it was saved: a shell that redirects may write UTF-16, and the scheduler refuses a wrong name.

use super::quote::xml_ascii;
use super::{Plan, Refused, Unit};

pub(super) fn units(plan: &Plan) -> Result<Vec<Unit>, Refused> {
    plan.own_clock("the Task Scheduler", "the machine's zone")?;
    plan.without(&["%", "$("], "the Task Scheduler takes for a variable")?;
    plan.without(&["\""], "no path of Windows can hold")?;
    // S4U: whether or not anybody is logged in, without a kept password, on this machine only.
    let principal = match &plan.user {
        Some(user) => format!("<UserId>{}</UserId>\n      <LogonType>S4U</LogonType>", xml_ascii(user)),
        None => "<UserId>S-1-5-19</UserId>".to_owned(),
    };
    let account = match &plan.user {
        Some(_) => {
            "It runs whether or not the account is logged in. No password is kept, so files on other\n     machines are out of its reach."
        }
        None => "It runs as Local Service, which must be able to read the inventories and to write the history.",
    };
    let secrets = if plan.variables.is_empty() {
        String::new()
    } else {
        let names = plan.variables.join(", ");
        format!(
            "     Secrets of notices come from variables of the account: {names}.\n     Logged in as it, `setx NAME value` sets one.\n"
        )
    };
    // No path stands in the comment: it could end it.
    let text = format!(
        "<?xml version=\"1.0\"?>
<!-- interdict.xml: a scheduled run each day at {at}, by the machine's clock. As an administrator:
       schtasks /create /tn interdict /xml interdict.xml
     {account}
{secrets}     Off at that time, the machine runs it when it is on again. Exit code 1 means findings; the scheduler
     shows it as the last result. -->
<Task version=\"1.2\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">
  <RegistrationInfo>
    <Description>Checks inventories against sanction and sales-ban rules</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>2024-01-01T{at}:00</StartBoundary>
      <Enabled>true</Enabled>
      <RandomDelay>PT10M</RandomDelay>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id=\"runner\">
      {principal}
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT2H</ExecutionTimeLimit>
    <Enabled>true</Enabled>
  </Settings>
  <Actions Context=\"runner\">
    <Exec>
      <Command>{program}</Command>
      <Arguments>run --config {config}</Arguments>
    </Exec>
  </Actions>
</Task>
",
        at = plan.at,
        program = xml_ascii(&format!("\"{}\"", plan.program)),
        config = xml_ascii(&format!("\"{}\"", plan.config)),
    );
    Ok(vec![Unit { name: "interdict.xml", text }])
}
