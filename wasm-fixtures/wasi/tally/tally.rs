//! Rust's standard library on WASI: files, a map with a random hasher, time, sleep, threads that cannot be had, and an exit code.
use std::collections::HashMap;
use std::io::{Read, Write};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, io, process, thread};

fn main() -> io::Result<()> {
    let started = Instant::now();
    let mut counts: HashMap<char, u64> = HashMap::new();
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let mut paths: Vec<_> = fs::read_dir("/in")?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    paths.sort();
    for path in &paths {
        text += &fs::read_to_string(path)?;
    }
    for letter in text.chars().filter(|c| c.is_alphabetic()) {
        *counts.entry(letter.to_ascii_lowercase()).or_default() += 1;
    }
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_by_key(|&(letter, count)| (std::cmp::Reverse(count), letter));
    fs::create_dir_all("/out/deep/er")?;
    let mut out = fs::OpenOptions::new().create(true).append(true).open("/out/deep/er/tally.txt")?;
    for (letter, count) in &sorted {
        writeln!(out, "{letter} {count}")?;
    }
    thread::sleep(Duration::from_millis(1500));
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    println!("{:?} {} files, {} letters, at {seconds}", env::args().collect::<Vec<_>>(), paths.len(), sorted.len());
    println!("slept {} ms, threads: {}", started.elapsed().as_millis(), thread::Builder::new().spawn(|| ()).is_ok());
    eprintln!("missing: {:?}", fs::metadata("/in/nothing").map_err(|error| error.kind()));
    process::exit(if sorted.is_empty() { 1 } else { 42 })
}
