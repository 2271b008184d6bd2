/** Validates instructions whose types depend on their operands or on a table. */
import type { BodyContext, Immediates } from './immediates.ts'
import { OP } from './instructions.ts'
import type { Reader } from './reader.ts'
import { FUNCREF, I32, isReference, type ValueType } from './types.ts'
import { UNKNOWN, type Typing } from './typing.ts'

/** Validates `drop`, `select` in both forms, `ref.is_null` and `ref.func`. */
export function validateParametric(
  code: number,
  reader: Reader,
  context: BodyContext,
  typing: Typing,
  immediates: Immediates,
): void {
  switch (code) {
    case OP.drop:
      typing.pop(UNKNOWN)
      return typing.settle(0)
    case OP.select: {
      typing.pop(I32)
      const second = typing.pop(UNKNOWN)
      const first = typing.pop(UNKNOWN)
      if (isReference(first as ValueType) || isReference(second as ValueType))
        typing.invalid('select of references without a type')
      if (first !== second && first !== UNKNOWN && second !== UNKNOWN) typing.invalid('select of two types')
      typing.push(first === UNKNOWN ? second : first)
      return typing.settle(1)
    }
    case OP.selectTyped: {
      if (reader.u32() !== 1) typing.invalid('select of another number of types than one')
      const type = immediates.valueType()
      typing.popAll([type, type, I32])
      typing.push(type)
      return typing.settle(1)
    }
    case OP.refIsNull: {
      const type = typing.pop(UNKNOWN)
      if (type !== UNKNOWN && !isReference(type as ValueType)) typing.invalid('ref.is_null of what is no reference')
      typing.push(I32)
      return typing.settle(1)
    }
    default: {
      const index = reader.u32()
      if (context.functions[index] === undefined) typing.invalid(`no function ${index}`)
      if (!context.declared.has(index)) typing.invalid(`function ${index} is not declared for references`)
      context.referenced.add(index)
      typing.push(FUNCREF)
      typing.settle(1)
    }
  }
}

/** Validates the instructions on tables that have references or ranges as operands. */
export function validateTable(code: number, typing: Typing, immediates: Immediates): void {
  if (code === OP.tableInit) {
    const element = immediates.elementType()
    if (element !== immediates.tableType().element) typing.invalid('table.init of another type of references')
    typing.popAll([I32, I32, I32])
    return typing.settle(0)
  }
  const { element } = immediates.tableType()
  if (code === OP.tableCopy && immediates.tableType().element !== element)
    typing.invalid('table.copy between types of references')
  switch (code) {
    case OP.tableGet:
      typing.pop(I32)
      typing.push(element)
      break
    case OP.tableSet:
      typing.popAll([I32, element])
      break
    case OP.tableGrow:
      typing.popAll([element, I32])
      typing.push(I32)
      break
    case OP.tableFill:
      typing.popAll([I32, element, I32])
      break
    default:
      typing.popAll([I32, I32, I32])
  }
  typing.settle(code === OP.tableGet || code === OP.tableGrow ? 1 : 0)
}
