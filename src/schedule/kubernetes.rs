//! Kubernetes: a volume for inventories, history and outputs, and a `CronJob` that may do nothing else.
//! Within it the configuration's folder is `/data`, so that its relative paths stay true.

use super::quote::{shell, yaml};
use super::{Plan, Refused, Unit, folder, heading, refused};

pub(super) fn units(plan: &Plan) -> Result<Vec<Unit>, Refused> {
    let within = plan.within(folder(&plan.config), "a container")?;
    let user = plan.user.as_deref().unwrap_or("65532");
    let Some(user) = user.parse::<u32>().ok().filter(|id| *id > 0) else {
        return Err(refused(format!("`{user}` is no account of a container"), "give a number above 0, such as --user 65532"));
    };
    let folders = within.folders();
    let folders = if folders.is_empty() { String::new() } else { format!("; outputs need the folders {}", folders.join(", ")) };
    let lines = [
        "interdict-volume.yaml: where inventories, history and outputs lie.".to_owned(),
        "  kubectl apply -f interdict-volume.yaml".to_owned(),
        format!("Fill it with the inventories, as they lie beside the configuration{folders}."),
        "Use a disk, no network file system: the history is a database that locks its file.".to_owned(),
    ];
    let volume = format!(
        "{}apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: interdict-data
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 1Gi
",
        heading(&lines)
    );
    let zone = plan.zone.map_or("Etc/UTC", |zone| zone.name());
    let mut lines = vec![
        "interdict-cronjob.yaml: a scheduled run each day. Put an image of yours in the place of the one below:".to_owned(),
        "none is published. It needs nothing but the program, at /usr/local/bin/interdict, and for notices the".to_owned(),
        "certificates of authorities, where the configuration names no ca-file. Then:".to_owned(),
        format!("  kubectl create configmap interdict-config --from-file=interdict.toml={}", shell(&plan.config)),
        "  kubectl apply -f interdict-cronjob.yaml".to_owned(),
        "  kubectl create job --from=cronjob/interdict interdict-now".to_owned(),
        "A job fails on findings (exit code 1), and where the answer is not to be relied on (2 to 4). It is not".to_owned(),
        "tried again: the answer would be the same.".to_owned(),
    ];
    let mut secrets = "";
    if !plan.variables.is_empty() {
        let names = plan.variables.iter().map(|name| format!("{name}=…")).collect::<Vec<_>>().join(", ");
        lines.insert(3, "  kubectl create secret generic interdict-secrets --from-env-file=interdict.env".to_owned());
        lines.push(format!("The file interdict.env holds the secrets of notices, one a line: {names}"));
        secrets = "              envFrom:\n                - secretRef:\n                    name: interdict-secrets\n";
    }
    let job = format!(
        "{}apiVersion: batch/v1
kind: CronJob
metadata:
  name: interdict
spec:
  schedule: {}
  timeZone: {}
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 7
  jobTemplate:
    spec:
      backoffLimit: 0
      activeDeadlineSeconds: 7200
      template:
        spec:
          restartPolicy: Never
          automountServiceAccountToken: false
          enableServiceLinks: false
          securityContext:
            runAsNonRoot: true
            runAsUser: {user}
            runAsGroup: {user}
            fsGroup: {user}
            fsGroupChangePolicy: OnRootMismatch
            seccompProfile:
              type: RuntimeDefault
          containers:
            - name: interdict
              image: registry.example.org/interdict@sha256:0000000000000000000000000000000000000000000000000000000000000000
              command: [\"/usr/local/bin/interdict\"]
              args: [\"run\", \"--config\", \"/data/interdict.toml\"]
              workingDir: /data
{secrets}              securityContext:
                allowPrivilegeEscalation: false
                privileged: false
                readOnlyRootFilesystem: true
                capabilities:
                  drop: [ALL]
              resources:
                requests: {{ cpu: 100m, memory: 256Mi }}
                limits: {{ memory: 2Gi }}
              volumeMounts:
                - name: data
                  mountPath: /data
                - name: config
                  mountPath: /data/interdict.toml
                  subPath: interdict.toml
                  readOnly: true
                - name: tmp
                  mountPath: /tmp
          volumes:
            - name: data
              persistentVolumeClaim:
                claimName: interdict-data
            - name: config
              configMap:
                name: interdict-config
            - name: tmp
              emptyDir:
                sizeLimit: 1Gi
",
        heading(&lines),
        yaml(&plan.at.fields()),
        yaml(zone),
    );
    Ok(vec![Unit { name: "interdict-volume.yaml", text: volume }, Unit { name: "interdict-cronjob.yaml", text: job }])
}
