/**
 * Values, modules and results as text, and text as arguments: what the command line and a page show alike. Their words may change with
 * every version. Unlike the rest of the library, these functions expect arguments of their types, and do not check them.
 */
export { toParams, type Keeper, type Word } from './words/arguments.ts'
export { hexLines, readable, textLines, type ShownBound } from './words/bytes.ts'
export {
  inspectModule,
  type InspectedExport,
  type InspectedImport,
  type InspectedLimit,
  type Inspection,
} from './words/inspection.ts'
export { describeKind } from './words/module-kind.ts'
export { wholeNumber } from './words/literals.ts'
export { functionType, isAssemblyScript, signature } from './words/signature.ts'
export { trapLines } from './words/trap-lines.ts'
export { isNumberList, resultBytes, showNumber, valueLines } from './words/values.ts'
