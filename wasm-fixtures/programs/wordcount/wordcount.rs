//! Words of a text and how often they occur, with the standard library.
//!
//! `count(text)` answers with one line `<times> <word>` per word, the most frequent first, equals in order.
//! `longest(text, n)` answers with the n longest words, one per line; n is decimal text.
//! A word is a run of letters and digits in lower case; bytes that are no UTF-8 separate words.

use std::collections::BTreeMap;

/// Room for an argument. It is never freed: one call is one instance.
#[no_mangle]
pub extern "C" fn ipvm_alloc(len: usize) -> *mut u8 {
    Box::leak(vec![0u8; len.max(1)].into_boxed_slice()).as_mut_ptr()
}

unsafe fn argument(data: *const u8, len: usize) -> String {
    String::from_utf8_lossy(std::slice::from_raw_parts(data, len)).into_owned()
}

fn answer(text: String) -> u64 {
    let bytes = Box::leak(text.into_bytes().into_boxed_slice());
    (bytes.as_ptr() as u64) << 32 | bytes.len() as u64
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

#[no_mangle]
pub unsafe extern "C" fn count(data: *const u8, len: usize) -> u64 {
    let text = argument(data, len);
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for word in words(&text) {
        *times.entry(word).or_default() += 1;
    }
    let mut sorted: Vec<(String, u32)> = times.into_iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    answer(sorted.iter().map(|(word, n)| format!("{n} {word}\n")).collect())
}

#[no_mangle]
pub unsafe extern "C" fn longest(data: *const u8, len: usize, n: *const u8, n_len: usize) -> u64 {
    let text = argument(data, len);
    let most: usize = argument(n, n_len).trim().parse().unwrap_or(0);
    let mut found: Vec<String> = words(&text).collect();
    found.sort_by_key(|word| (std::cmp::Reverse(word.chars().count()), word.clone()));
    found.dedup();
    answer(found.iter().take(most).map(|word| format!("{word}\n")).collect())
}
