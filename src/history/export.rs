//! The whole history as JSON lines, one for each link of the chain.
//!
//! `record` is the text that was hashed, so that the chain can be checked without this program: each
//! digest is the SHA-256 of the digest before, the kind and the record, joined by line breaks; before
//! the first stands `interdict history 1`.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{HistoryError, Run, Store};
use crate::report::json::write_line;

impl Store {
    /// Writes the history. With `reports`, each run's report as well.
    ///
    /// # Errors
    /// What the database or `out` returns.
    pub fn export(&self, reports: bool, out: &mut dyn Write) -> Result<io::Result<()>, HistoryError> {
        for link in self.links()? {
            let mut line = json!({ "kind": link.kind, "digest": link.digest, "record": link.record });
            if let Some(run) = serde_json::from_str::<Run>(&link.record).ok().filter(|_| link.kind == "run") {
                let changes = self.changes(run.run - 1, run.run)?.into_iter().map(|(_, change)| change).collect::<Vec<_>>();
                line["changes"] = json!(changes);
                match self.inputs(run.run) {
                    Ok(inputs) => {
                        line["inputs"] = json!(inputs);
                        if reports {
                            line["report"] = serde_json::from_slice(&self.report(run.run)?).unwrap_or(Value::Null);
                        }
                    }
                    Err(HistoryError::Pruned(_)) => line["pruned"] = Value::Bool(true),
                    Err(error) => return Err(error),
                }
            }
            if let Err(error) = write_line(&line, out) {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }
}
