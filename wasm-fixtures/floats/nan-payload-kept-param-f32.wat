;; run: identity 0x7fa00123
;; expect: ok 0x7fa00123
;; The same in 32 bits.
(module
  (func (export "identity") (param f32) (result f32) (local.get 0))
)
