//! Product of two n×n matrices of f64, row by row, with bounds checks; the trace and a weighted sum of it.

fn filled(n: usize, seed: usize) -> Vec<Vec<f64>> {
    let entry = |i: usize, j: usize| ((i * 31 + j * 17 + seed * 7) % 97) as f64 / 8.0 - 6.0;
    (0..n).map(|i| (0..n).map(|j| entry(i, j) / 3.0).collect()).collect()
}

#[no_mangle]
pub extern "C" fn run(n: usize) -> f64 {
    let (a, b) = (filled(n, 1), filled(n, 2));
    let mut sum = 0.0;
    for i in 0..n {
        let mut row = vec![0.0; n];
        for k in 0..n {
            let factor = a[i][k];
            for j in 0..n {
                row[j] += factor * b[k][j];
            }
        }
        sum += row[i] + row.iter().enumerate().map(|(j, x)| x / (2 + i + j) as f64).sum::<f64>();
    }
    sum
}
