;; expect: feature exceptions
;; A try without any tag.
(module
  (func (export "run") (try (do nop) (catch_all)))
)
