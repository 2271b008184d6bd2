/** A value that is not of the form asked for. */
export class Misfit extends Error {
  /** Path of the field, such as `args.params[1]`; empty for the whole value. */
  readonly field: string

  /** `expected` completes the sentence "the field must be …". */
  constructor(field: string, expected: string) {
    super(`${field === '' ? 'it' : field} must be ${expected}`)
    this.name = 'Misfit'
    this.field = field
  }
}

/** A value with more levels or parts than any document has. */
export class TooLarge extends Misfit {}
