;; run: f
;; expect: trap memory-out-of-bounds
;; A segment that was dropped has no bytes.
(module
  (memory 1)
  (data $d "abcd")
  (func (export "f")
    (data.drop $d)
    (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)))
)
