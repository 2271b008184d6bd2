/** What the inspecting worker does. */
import { admit, PROFILES, type Callable } from 'ipvm-wasm'
import { inspectModule, type Inspection } from 'ipvm-wasm/words'

/** What the worker is sent. */
export interface InspectRequest {
  readonly bytes: Uint8Array
  /** The id of a profile. */
  readonly profile: string
}

/** What it answers. */
export type InspectAnswer =
  | {
      readonly inspection: Inspection
      /** The part of an admitted module against which calls are checked. */
      readonly callable: Callable | undefined
    }
  | { readonly error: string }

/** Answers a request. An error is one of this page or of the host, since a rejection is part of the inspection. */
export function inspectNow({ bytes, profile: id }: InspectRequest): InspectAnswer {
  try {
    const profile = PROFILES[id]!
    const module = admit(bytes, profile).admitted?.module
    const callable = module && { exports: module.exports, functions: module.functions, globals: module.globals }
    return { inspection: inspectModule(bytes, profile), callable }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}
