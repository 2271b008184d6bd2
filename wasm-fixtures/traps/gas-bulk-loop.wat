;; run: f
;; expect: trap out-of-gas
;; Few instructions, much work.
(module
  (memory 16)
  (func (export "f")
    (loop $again
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 1048576))
      (br $again)))
)
