;; run: f
;; expect: trap out-of-gas
;; A loop that works and would end after 2^64 rounds.
(module
  (func (export "f")
    (local i64)
    (loop $again
      (br_if $again (i64.ne (local.tee 0 (i64.add (local.get 0) (i64.const 2))) (i64.const 1)))))
)
