;; run: f 0x0f0e0d0c0b0a09080706050403020100
;; expect: ok 0x000102030405060708090a0b0c0d0e0f
;; A vector crosses into the guest and out again; lane 0 is the last byte as written here.
(module
  (func (export "f") (param v128) (result v128)
    (i8x16.shuffle 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 0 (local.get 0) (local.get 0)))
)
