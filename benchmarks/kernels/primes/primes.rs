//! Counts the primes below `n` by trial division: remainders, and branches that are hard to tell.

#[no_mangle]
pub extern "C" fn run(n: u32) -> u32 {
    let mut primes: Vec<u32> = Vec::new();
    for candidate in 2..n {
        if primes.iter().take_while(|&&p| p * p <= candidate).all(|&p| candidate % p != 0) {
            primes.push(candidate);
        }
    }
    primes.len() as u32
}
