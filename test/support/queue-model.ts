/** A reference model of the queue of an executor: simple and slow. */
export class QueueModel {
  items: { readonly id: number; readonly caller: string; priority: number }[] = []
  /** The callers of each priority in the order of their turns. */
  readonly turns = new Map<number, string[]>()

  add(id: number, caller: string, priority: number): void {
    this.items.push({ id, caller, priority })
    const turns = this.turns.get(priority) ?? []
    if (!turns.includes(caller)) turns.push(caller)
    this.turns.set(priority, turns)
  }

  take(): number | undefined {
    if (this.items.length === 0) return undefined
    const priority = Math.max(...this.items.map(item => item.priority))
    const turns = this.turns.get(priority)!
    const caller = turns.shift()!
    const item = this.items.find(other => other.caller === caller && other.priority === priority)!
    this.items = this.items.filter(other => other !== item)
    if (this.items.some(other => other.caller === caller && other.priority === priority)) turns.push(caller)
    return item.id
  }

  /** Removes an item from the line of a caller, or from all lines. */
  remove(id: number, from?: string): void {
    for (const item of this.items.filter(other => other.id === id && (from ?? other.caller) === other.caller)) {
      this.items = this.items.filter(other => other !== item)
      const { caller, priority } = item
      if (this.items.some(other => other.caller === caller && other.priority === priority)) continue
      this.turns.set(
        priority,
        this.turns.get(priority)!.filter(other => other !== caller),
      )
    }
  }
}
