;; run: f 0 2 3
;; expect: trap memory-out-of-bounds
;; The segment has four bytes.
(module
  (memory 1)
  (data $d "abcd")
  (func (export "f") (param i32 i32 i32)
    (memory.init $d (local.get 0) (local.get 1) (local.get 2)))
)
