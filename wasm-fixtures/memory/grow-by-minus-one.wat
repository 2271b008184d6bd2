;; run: f
;; expect: ok -1
;; The operand is unsigned.
(module
  (memory 1)
  (func (export "f") (result i32)
    (memory.grow (i32.const -1)))
)
