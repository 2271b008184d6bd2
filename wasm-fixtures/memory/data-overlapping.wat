;; run: f
;; expect: ok 1684234849
;; Active segments are written in order, the later over the earlier.
(module
  (memory 1)
  (data (i32.const 0) "aXcd")
  (data (i32.const 1) "b")
  (func (export "f") (result i32)
    (i32.load (i32.const 0)))
)
