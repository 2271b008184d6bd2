//! survey [directory]: reads all JSON files below /data (or the directory), each one a station with its readings, and writes
//! /out/summary.json, the warmest station first. Files that are no such JSON are named on the standard error, and make exit code 3.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Station {
    name: String,
    #[serde(default)]
    labels: BTreeMap<String, serde_json::Value>,
    readings: Vec<f64>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    readings: usize,
    mean: f64,
    least: f64,
    most: f64,
    labels: BTreeMap<String, serde_json::Value>,
}

impl From<Station> for Row {
    fn from(Station { name, labels, readings }: Station) -> Row {
        let mean = readings.iter().sum::<f64>() / readings.len() as f64;
        let least = readings.iter().copied().fold(f64::INFINITY, f64::min);
        let most = readings.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Row { name, readings: readings.len(), mean, least, most, labels }
    }
}

fn files(directory: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            files(&entry.path(), found)?;
        } else {
            found.push(entry.path());
        }
    }
    Ok(())
}

fn main() -> io::Result<ExitCode> {
    let directory = env::args().nth(1).unwrap_or_else(|| "/data".into());
    let mut paths = Vec::new();
    files(Path::new(&directory), &mut paths)?;
    paths.sort();
    let (mut rows, mut bad) = (Vec::new(), 0);
    for path in &paths {
        match serde_json::from_slice::<Station>(&fs::read(path)?) {
            Ok(station) => rows.push(Row::from(station)),
            Err(error) => {
                eprintln!("{}: {error}", path.display());
                bad += 1;
            }
        }
    }
    rows.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    fs::write("/out/summary.json", serde_json::to_string_pretty(&rows)? + "\n")?;
    println!("{} of {} files read", rows.len(), paths.len());
    Ok(ExitCode::from(if bad > 0 { 3 } else { 0 }))
}
