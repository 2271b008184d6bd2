/** The commands of the suite in the form of the translator (`translate/src/main.rs`). */

/** One `.wast` file. */
export interface Script {
  readonly commands: readonly Command[]
  /** The modules, by the names in commands: bytes of the binary or the text format, in hex. */
  readonly files: Readonly<Record<string, string>>
}

/** A module of a command. */
export interface WasmFile {
  readonly filename: string
  readonly module_type: 'text' | 'binary'
  /** The binary form of a module in the text format, if there is one. */
  readonly binary_filename?: string
}

export type Command = { readonly line: number } & (
  | ({ readonly type: 'module' | 'module_definition'; readonly name?: string } & WasmFile)
  | { readonly type: 'module_instance'; readonly instance?: string; readonly module?: string }
  | ({
      readonly type:
        | 'assert_malformed'
        | 'assert_malformed_custom'
        | 'assert_invalid'
        | 'assert_invalid_custom'
        | 'assert_unlinkable'
        | 'assert_uninstantiable'
      readonly text: string
    } & WasmFile)
  | { readonly type: 'register'; readonly name?: string; readonly as: string }
  | { readonly type: 'assert_return'; readonly action: Action; readonly expected: readonly Expected[] }
  | { readonly type: 'action' | 'assert_exception'; readonly action: Action }
  | {
      readonly type: 'assert_trap' | 'assert_exhaustion' | 'assert_suspension'
      readonly action: Action
      readonly text: string
    }
  | { readonly type: 'thread' | 'wait' }
)

export type Action =
  | { readonly type: 'invoke'; readonly module?: string; readonly field: string; readonly args: readonly Constant[] }
  | { readonly type: 'get'; readonly module?: string; readonly field: string }

/** A constant. Its number is decimal: an integer with its sign, or the bits of a float without one. */
export type Constant =
  | { readonly type: 'i32' | 'i64' | 'f32' | 'f64'; readonly value: string }
  | { readonly type: 'v128'; readonly lane_type: LaneType; readonly value: readonly string[] }
  | { readonly type: string; readonly value?: unknown }

/** An expected result: a constant, a float `nan:canonical` or `nan:arithmetic`, or one of several results. */
export type Expected = Constant | { readonly type: 'either'; readonly values: readonly Expected[] }

type LaneType = 'i8' | 'i16' | 'i32' | 'i64' | 'f32' | 'f64'
