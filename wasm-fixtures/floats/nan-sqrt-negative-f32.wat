;; run: f 0xbf800000
;; expect: ok 0x7fc00000
;; The root of -1 in 32 bits.
(module
  (func (export "f") (param f32) (result i32)
    (i32.reinterpret_f32 (f32.sqrt (local.get 0))))
)
