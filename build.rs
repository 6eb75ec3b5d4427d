//! Compiles the shipped rules into the program: files are read, checked and indexed here, so that a
//! run neither parses text nor builds an index. What is wrong in a rule fails the build with the
//! same diagnostics that `interdict rules lint` prints.

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "the library's modules are shared; the build needs only a part of each"
)]
#![allow(clippy::print_stderr, reason = "this is how a build script talks")]

#[path = "src/diag/mod.rs"]
mod diag;
#[path = "src/model/mod.rs"]
mod model;
#[path = "src/pack/mod.rs"]
mod pack;

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use diag::{Diagnostics, Renderer, Sources};
use pack::compile::{Catalogue, Pack};
use pack::load;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=rules");
    for module in ["build.rs", "src/diag", "src/model", "src/pack"] {
        println!("cargo::rerun-if-changed={module}");
    }
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let texts = load::read_texts(Path::new("rules")).map_err(|error| error.to_string())?;
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let layer = load::add_layer(Catalogue::default(), texts, true, &mut sources, &mut diagnostics);
    if diagnostics.has_errors() {
        diagnostics.sort();
        let renderer = Renderer { colour: false };
        return Err(diagnostics.iter().map(|one| renderer.render(one, &sources) + "\n").collect());
    }
    let out = env::var("OUT_DIR").map_err(|error| error.to_string())?;
    let write = |name: &str, bytes: Result<Vec<u8>, postcard::Error>| {
        fs::write(Path::new(&out).join(name), bytes.map_err(|error| error.to_string())?)
            .map_err(|error| format!("{out}/{name}: {error}"))
    };
    write("catalogue.bin", postcard::to_stdvec(&layer.catalogue))?;
    let mut pack = Pack::new(layer.catalogue).slim();
    let places = std::mem::take(&mut pack.catalogue.registry.jurisdictions).store();
    let entities = std::mem::take(&mut pack.catalogue.entities).store();
    let rules = std::mem::take(&mut pack.catalogue.rules).store();
    write("pack.bin", postcard::to_stdvec(&(pack, places, entities, rules)))?;
    write("tests.bin", postcard::to_stdvec(&layer.tests))
}
