;; run: f
;; expect: trap out-of-gas
;; A tree of calls, 60 deep and 2^60 wide.
(module
  (func $tree (param i32)
    (if (local.get 0)
      (then
        (call $tree (i32.sub (local.get 0) (i32.const 1)))
        (call $tree (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "f")
    (call $tree (i32.const 60)))
)
