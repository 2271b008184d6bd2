;; run: f
;; expect: ok 11
;; What the start function wrote and grew is there.
(module
  (memory 1 3)
  (func $s
    (drop (memory.grow (i32.const 1)))
    (i32.store (i32.const 65536) (i32.const 9)))
  (start $s)
  (func (export "f") (result i32)
    (i32.add (i32.load (i32.const 65536)) (memory.size)))
)
