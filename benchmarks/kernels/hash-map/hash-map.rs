//! An open-addressing hash map of u32 to u32: inserts, looks up and removes `n` scattered keys, growing as it fills.

struct Map {
    slots: Vec<Option<(u32, u32)>>,
    used: usize,
}

impl Map {
    fn new() -> Map {
        Map { slots: vec![None; 16], used: 0 }
    }

    /// Where the key is, or the empty slot where it would be.
    fn find(&self, key: u32) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = (key.wrapping_mul(2654435761) >> 7) as usize & mask;
        while let Some((other, _)) = self.slots[at] {
            if other == key {
                break;
            }
            at = (at + 1) & mask;
        }
        at
    }

    fn insert(&mut self, key: u32, value: u32) {
        if self.used * 4 >= self.slots.len() * 3 {
            let double = vec![None; self.slots.len() * 2];
            let old = std::mem::replace(&mut self.slots, double);
            self.used = 0;
            for (key, value) in old.into_iter().flatten() {
                self.insert(key, value);
            }
        }
        let at = self.find(key);
        if self.slots[at].is_none() {
            self.used += 1;
        }
        self.slots[at] = Some((key, value));
    }

    fn get(&self, key: u32) -> Option<u32> {
        self.slots[self.find(key)].map(|(_, value)| value)
    }

    /// Moves later entries back over the hole, so that no chain breaks.
    fn remove(&mut self, key: u32) {
        let mask = self.slots.len() - 1;
        let mut at = self.find(key);
        if self.slots[at].take().is_none() {
            return;
        }
        self.used -= 1;
        loop {
            at = (at + 1) & mask;
            match self.slots[at].take() {
                None => return,
                Some((other, value)) => {
                    self.used -= 1;
                    self.insert(other, value);
                }
            }
        }
    }
}

#[no_mangle]
pub extern "C" fn run(n: u32) -> u32 {
    let mut map = Map::new();
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1664525).wrapping_add(1013904223);
        state >> 8
    };
    let keys: Vec<u32> = (0..n).map(|_| next() % (n * 2)).collect();
    for (i, &key) in keys.iter().enumerate() {
        map.insert(key, i as u32);
    }
    for &key in keys.iter().step_by(3) {
        map.remove(key);
    }
    (0..n * 2).fold(map.used as u32, |sum, key| sum.wrapping_mul(31).wrapping_add(map.get(key).unwrap_or(7)))
}
