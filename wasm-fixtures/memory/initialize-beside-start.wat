;; run: f
;; expect: ok 0
;; With an exported `_start` it is a command: `_initialize` is a function like any other.
(module
  (memory 1)
  (func (export "_start"))
  (func (export "_initialize")
    (i32.store (i32.const 0) (i32.const 1)))
  (func (export "f") (result i32)
    (i32.load (i32.const 0)))
)
