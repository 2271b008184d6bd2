/**
 * A memo in an SQLite database: `createExecutor({ store, engine, memo: createSqliteMemo(new Database('memo.db')) })`.
 */

/**
 * @param {import('better-sqlite3').Database} database a file that only this host can write, since its receipts are
 *   believed
 * @param {{ maxEntries?: number }} [options] the greatest number of tasks; the least recently used are removed first
 * @returns {import('ipvm-wasm').MemoStore}
 */
export function createSqliteMemo(database, { maxEntries = 1_000_000 } = {}) {
  database.pragma('journal_mode = WAL')
  database.exec(`
    CREATE TABLE IF NOT EXISTS memo (key TEXT PRIMARY KEY, bytes BLOB NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS memo_used ON memo (used)`)
  const next = database.prepare('SELECT COALESCE(MAX(used), 0) + 1 FROM memo').pluck()
  const find = database.prepare('UPDATE memo SET used = @used WHERE key = @key RETURNING bytes').pluck()
  const keep = database.prepare(`
    INSERT INTO memo (key, bytes, used) VALUES (@key, @bytes, @used)
    ON CONFLICT (key) DO UPDATE SET bytes = @bytes, used = @used`)
  const size = database.prepare('SELECT COUNT(*) FROM memo').pluck()
  const evict = database.prepare('DELETE FROM memo WHERE key IN (SELECT key FROM memo ORDER BY used LIMIT ?)')
  const all = database.prepare('SELECT key, bytes FROM memo').raw()
  let entries = size.get()
  return {
    entries: () => all.all(),
    get: key => find.get({ key, used: next.get() }),
    put(key, bytes) {
      keep.run({ key, bytes, used: next.get() })
      if (++entries <= maxEntries) return
      // `entries` counts an entry twice if it was replaced. So the entries are counted again.
      entries = size.get()
      if (entries > maxEntries) evict.run(entries - Math.floor(maxEntries * 0.9))
      entries = size.get()
    },
  }
}
