//! Edit distance of two texts of `n` letters, by dynamic programming over two rows.

fn text(n: usize, mut state: u32) -> Vec<u8> {
    (0..n)
        .map(|_| {
            state = state.wrapping_mul(1664525).wrapping_add(1013904223);
            b'a' + (state >> 29) as u8
        })
        .collect()
}

#[no_mangle]
pub extern "C" fn run(n: usize) -> usize {
    let (from, to) = (text(n, 1), text(n, 99));
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let cost = if a == b { corner } else { 1 + corner.min(row[j]).min(row[j + 1]) };
            corner = row[j + 1];
            row[j + 1] = cost;
        }
    }
    row[to.len()]
}
