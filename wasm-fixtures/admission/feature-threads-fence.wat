;; expect: feature threads
;; A fence needs no memory at all.
(module
  (func (export "run") atomic.fence)
)
