;; run: f
;; expect: ok 0x0807060504030201
;; Any address will do; the alignment is but a hint.
(module
  (memory 1)
  (data (i32.const 3) "\01\02\03\04\05\06\07\08")
  (func (export "f") (result i64)
    (i64.load align=8 (i32.const 3)))
)
