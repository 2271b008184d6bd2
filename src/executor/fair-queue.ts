/**
 * A queue with priorities and fair shares. Items of the highest priority are taken first. Within a priority, the
 * callers take turns, with one item each. So a caller with a thousand items delays another caller by a single item.
 * Every operation takes constant time.
 */

/** An item with its place in a queue. */
export interface Place<T> {
  readonly item: T
  readonly caller: string
  priority: number
  /** The previous and the next item of the same caller and priority. */
  before: Place<T> | undefined
  after: Place<T> | undefined
  queued: boolean
}

/** The items of one caller in one priority, and the previous and the next caller in the order of turns. */
interface Line<T> {
  readonly caller: string
  first: Place<T> | undefined
  last: Place<T> | undefined
  before: Line<T>
  after: Line<T>
}

/** The callers that have items in one priority, and the caller that has the next turn. */
interface Level<T> {
  readonly lines: Map<string, Line<T>>
  next: Line<T> | undefined
}

export class FairQueue<T> {
  readonly #levels = new Map<number, Level<T>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  add(item: T, caller: string, priority: number): Place<T> {
    const place: Place<T> = { item, caller, priority, before: undefined, after: undefined, queued: false }
    this.#insert(place)
    return place
  }

  /** Removes and returns the item that comes next. Returns undefined if the queue is empty. */
  take(): T | undefined {
    if (this.#size === 0) return undefined
    const level = this.#levels.get(Math.max(...this.#levels.keys()))!
    const line = level.next!
    level.next = line.after
    const place = line.first!
    this.remove(place)
    return place.item
  }

  /** Removes an item, if it is still queued. */
  remove(place: Place<T>): void {
    if (!place.queued) return
    place.queued = false
    this.#size--
    const { before, after, caller, priority } = place
    const level = this.#levels.get(priority)!
    const line = level.lines.get(caller)!
    if (before === undefined) line.first = after
    else before.after = after
    if (after === undefined) line.last = before
    else after.before = before
    place.before = place.after = undefined
    if (line.first === undefined) this.#removeLine(level, line, priority)
  }

  /**
   * Gives an item a higher priority, if it is still queued. Among the items of its caller with that priority, it
   * becomes the last one.
   */
  raise(place: Place<T>, priority: number): void {
    if (!place.queued || priority <= place.priority) return
    this.remove(place)
    place.priority = priority
    this.#insert(place)
  }

  #insert(place: Place<T>): void {
    const level = this.#levels.get(place.priority) ?? { lines: new Map<string, Line<T>>(), next: undefined }
    this.#levels.set(place.priority, level)
    const line = level.lines.get(place.caller) ?? addLine(level, place.caller)
    place.before = line.last
    if (line.last === undefined) line.first = place
    else line.last.after = place
    line.last = place
    place.queued = true
    this.#size++
  }

  #removeLine(level: Level<T>, line: Line<T>, priority: number): void {
    level.lines.delete(line.caller)
    if (level.lines.size === 0) {
      this.#levels.delete(priority)
      return
    }
    line.before.after = line.after
    line.after.before = line.before
    if (level.next === line) level.next = line.after
  }
}

/** Adds a caller to the ring of callers. Its turn comes after one turn of each other caller. */
function addLine<T>(level: Level<T>, caller: string): Line<T> {
  const line = { caller, first: undefined, last: undefined } as Line<T>
  const { next } = level
  line.before = next?.before ?? line
  line.after = next ?? line
  line.before.after = line
  line.after.before = line
  level.next ??= line
  level.lines.set(caller, line)
  return line
}
