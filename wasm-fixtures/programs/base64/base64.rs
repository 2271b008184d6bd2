//! Base64 (RFC 4648 §4) without the standard library: `encode(bytes)` and `decode(text)`.
//! Text that is not canonical base64 with padding is answered with nothing.
#![no_std]

use core::slice;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PAGE: usize = 65536;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

extern "C" {
    static __heap_base: u8;
}

static mut TOP: usize = 0;

/// Room for `len` bytes; nothing is ever freed, since one call is one instance.
#[no_mangle]
pub unsafe extern "C" fn ipvm_alloc(len: usize) -> *mut u8 {
    let base = if TOP == 0 { &__heap_base as *const u8 as usize } else { TOP };
    let start = (base + 7) & !7;
    let end = match start.checked_add(len) {
        Some(end) => end,
        None => core::arch::wasm32::unreachable(),
    };
    let have = core::arch::wasm32::memory_size(0);
    let pages = end / PAGE + 1;
    if pages > have && core::arch::wasm32::memory_grow(0, pages - have) == usize::MAX {
        core::arch::wasm32::unreachable()
    }
    TOP = end;
    start as *mut u8
}

unsafe fn room(len: usize) -> &'static mut [u8] {
    slice::from_raw_parts_mut(ipvm_alloc(len), len)
}

fn answer(bytes: &[u8]) -> u64 {
    (bytes.as_ptr() as u64) << 32 | bytes.len() as u64
}

#[no_mangle]
pub unsafe extern "C" fn encode(data: *const u8, len: usize) -> u64 {
    let data = slice::from_raw_parts(data, len);
    let out = room((len + 2) / 3 * 4);
    for (chunk, quad) in data.chunks(3).zip(out.chunks_mut(4)) {
        let mut group = 0u32;
        for i in 0..3 {
            group = group << 8 | *chunk.get(i).unwrap_or(&0) as u32;
        }
        for (i, place) in quad.iter_mut().enumerate() {
            *place = if i <= chunk.len() { ALPHABET[(group >> (18 - 6 * i) & 63) as usize] } else { b'=' };
        }
    }
    answer(out)
}

fn digit(letter: u8) -> Option<u32> {
    ALPHABET.iter().position(|&l| l == letter).map(|i| i as u32)
}

/// The bytes of one group of four letters, of which `count` carry data; the bits that are left over must be zero.
fn group(letters: &[u8], count: usize) -> Option<[u8; 3]> {
    let mut bits = 0;
    for i in 0..4 {
        bits = bits << 6 | if i < count { digit(letters[i])? } else { 0 };
    }
    let spare = match count {
        2 => bits & 0xffff,
        3 => bits & 0xff,
        _ => 0,
    };
    if spare == 0 { Some([(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]) } else { None }
}

#[no_mangle]
pub unsafe extern "C" fn decode(text: *const u8, len: usize) -> u64 {
    let text = slice::from_raw_parts(text, len);
    if len % 4 != 0 {
        return answer(&[]);
    }
    let padding = text.iter().rev().take_while(|&&l| l == b'=').count().min(2);
    let out = room(len / 4 * 3 - padding);
    let groups = len / 4;
    for (i, letters) in text.chunks(4).enumerate() {
        let count = if i + 1 == groups { 4 - padding } else { 4 };
        match group(letters, count) {
            Some(bytes) => out[3 * i..3 * i + count - 1].copy_from_slice(&bytes[..count - 1]),
            None => return answer(&[]),
        }
    }
    answer(out)
}
