/** A value does not have the required form. */
export class Misfit extends Error {
  /** The path of the field, such as `args.params[1]`; empty for the whole value. */
  readonly field: string

  /** `expected` completes the sentence "the field must be …". */
  constructor(field: string, expected: string) {
    super(`${field === '' ? 'it' : field} must be ${expected}`)
    this.name = 'Misfit'
    this.field = field
  }
}

/** A value has more levels or parts than any document can have. */
export class TooLarge extends Misfit {}
