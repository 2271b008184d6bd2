;; expect: admitted -
;; Copying, filling, a passive segment and its end.
(module
  (memory 1)
  (data $d "abc")
  (func (export "run")
    (memory.init $d (i32.const 0) (i32.const 0) (i32.const 3))
    (data.drop $d)
    (memory.copy (i32.const 8) (i32.const 0) (i32.const 3))
    (memory.fill (i32.const 16) (i32.const 1) (i32.const 4)))
)
