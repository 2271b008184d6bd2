;; run: f 0xffa00123ffa00123ffa00123ffa00123
;; expect: ok 0x7fa001237fa001237fa001237fa00123
;; abs touches the sign alone.
(module
  (func (export "f") (param v128) (result v128)
    (f32x4.abs (local.get 0)))
)
