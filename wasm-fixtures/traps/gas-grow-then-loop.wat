;; run: f
;; expect: trap out-of-gas
;; Memory that was had before gas ran out is not to be seen in the outcome.
(module
  (memory 1 20)
  (func (export "f")
    (drop (memory.grow (i32.const 5)))
    (loop $again (br $again)))
)
