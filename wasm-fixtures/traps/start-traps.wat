;; run: f
;; expect: trap divide-by-zero
;; The start function divides by zero; the export never runs.
(module
  (global $zero (mut i32) (i32.const 0))
  (func $s (drop (i32.div_u (i32.const 1) (global.get $zero))))
  (start $s)
  (func (export "f")
    unreachable)
)
