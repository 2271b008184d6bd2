;; run: f
;; expect: trap memory-out-of-bounds
;; `_initialize` of a reactor reads past the memory; the export never runs.
(module
  (memory 1)
  (func (export "_initialize")
    (drop (i32.load (i32.const 65536))))
  (func (export "f")
    unreachable)
)
