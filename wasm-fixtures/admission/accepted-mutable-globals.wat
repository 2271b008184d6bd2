;; expect: admitted -
;; A mutable global that is exported.
(module
  (global (export "g") (mut i32) (i32.const 1))
)
