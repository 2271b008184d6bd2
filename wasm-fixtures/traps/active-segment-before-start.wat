;; run: f
;; expect: trap memory-out-of-bounds
;; The segment is found out of bounds before the start function could trap.
(module
  (memory 1)
  (data (i32.const 65536) "a")
  (func $s unreachable)
  (start $s)
  (func (export "f")
    nop)
)
