// Cargo wants a target; the sources of QuickJS are all that is used.
