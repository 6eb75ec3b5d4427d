//! `interdict schema`: JSON Schemas, generated from the types that are read and written.

use interdict::baseline::BaselineFile;
use interdict::config::ConfigFile;
use interdict::inventory::jsonl::Line;
use interdict::notice::render::Message;
use interdict::pack::file::{EntityFile, RuleFile};
use interdict::report::Report;
use interdict::waiver::WaiverFile;
use schemars::schema_for;

use super::args::{SchemaArgs, SchemaOf};
use super::exit::{Done, Exit};
use super::terminal::Terminal;

/// Prints a schema.
pub(crate) fn run(args: &SchemaArgs, terminal: &Terminal) -> Done {
    let schema = match args.of {
        SchemaOf::Rule => schema_for!(RuleFile),
        SchemaOf::Entity => schema_for!(EntityFile),
        SchemaOf::Config => schema_for!(ConfigFile),
        SchemaOf::Waivers => schema_for!(WaiverFile),
        SchemaOf::Inventory => schema_for!(Line),
        SchemaOf::Report => schema_for!(Report),
        SchemaOf::Baseline => schema_for!(BaselineFile),
        SchemaOf::Notice => schema_for!(Message<'_>),
    };
    let mut value = schema.to_value();
    strip(&mut value);
    terminal.write(|out| {
        serde_json::to_writer_pretty(&mut *out, &value)?;
        out.write_all(b"\n")
    })?;
    Ok(Exit::Ok)
}

/// Takes out the hints that only our own reader uses.
fn strip(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(map) => {
            map.retain(|key, _| !key.starts_with("x-"));
            map.values_mut().for_each(strip);
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(strip),
        _ => {}
    }
}
