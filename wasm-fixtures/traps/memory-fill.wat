;; run: f 65530 7
;; expect: trap memory-out-of-bounds
;; Seven bytes from 65530 on; none is written.
(module
  (memory 1)
  (func (export "f") (param i32 i32)
    (memory.fill (local.get 0) (i32.const 9) (local.get 1)))
)
