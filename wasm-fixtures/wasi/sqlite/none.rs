// Cargo wants a target; the amalgamation of SQLite is all that is used.
