;; expect: admitted -
;; Two results, and a block with a parameter.
(module
  (func (export "run") (param i32) (result i32 i32)
    (local.get 0)
    (block (param i32) (result i32 i32) (i32.const 1)))
)
