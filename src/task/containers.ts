/**
 * Containers, and jobs of Bacalhau: programs that are not run here. They read clocks and depend on the machine, so they
 * are queries at best; and that only if their description says that nothing can leave them but their output.
 *
 * Defaults are those of the tools: Docker gives a network to who does not refuse it, and so does Bacalhau today.
 */
import { Fault } from '../base/fault.ts'
import { isRecord } from '../base/shape.ts'
import { CAUTION, found, type Evidence, type Found } from './finding.ts'
import { quote } from './resources.ts'

/** A description as maps of whatever spelling: `Network`, `network`, `ReadOnly`, `read_only`. */
type Description = Readonly<Record<string, unknown>>

/**
 * A Docker container by its description: `network`, `mounts`, `volumes`, `binds`, `devices`, `privileged`; those of a
 * `HostConfig`, as in Docker's own API, count as well. Throws Fault('bad-work') if it says one thing twice.
 */
export function classifyDocker(description: Description): Found {
  const host = field(description, 'hostconfig')
  return verdict('docker', containerEffects(isRecord(host) ? merge(description, host) : description))
}

/**
 * A job or task of Bacalhau, in the form of today (`Tasks`, `Engine: {Type}`) or of 2023 (`Spec`, `Engine: "Docker"`).
 * A job is as careful as the most careful of its tasks. `null` if one names no engine. Throws Fault('bad-work') if it
 * says one thing twice.
 */
export function classifyBacalhau(job: Description): Found | null {
  const tasks = field(job, 'tasks')
  if (!Array.isArray(tasks)) return classifyTask(field(job, 'spec') ?? job)
  const parts = tasks.map(classifyTask).filter(part => part !== null)
  const careful = parts.find(part => part.kind === 'command') ?? parts[0]
  if (careful === undefined || parts.length < tasks.length) return null
  return { ...careful, evidence: parts.flatMap(part => part.evidence) }
}

/** Its Wasm engine offers clocks, so that even its Wasm is no pure function. */
function classifyTask(task: unknown): Found | null {
  if (!isRecord(task)) return null
  const engine = typeName(field(task, 'engine'))
  if (engine === null) return null
  if (engine === 'docker') return verdict('docker', containerEffects(task))
  if (engine === 'wasm') return verdict('wasm32-wasi', containerEffects(task))
  return found(engine, 'command', 'engine', `${quote(engine)} is no engine known here, ${CAUTION}`)
}

function verdict(type: string, effects: readonly Evidence[]): Found {
  if (effects.length > 0) return { type, kind: 'command', evidence: effects }
  return found(type, 'query', 'isolation', 'without network and writable mounts it changes nothing, yet it sees clocks')
}

// ── Effects ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function containerEffects(description: Description): Evidence[] {
  return [
    ...networkEffects(description),
    ...mountEffects(description),
    ...publisherEffects(description),
    ...['privileged', 'devices', 'capadd', 'volumesfrom', 'pid', 'ipc'].flatMap(name => {
      const value = field(description, name)
      const given = Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null && value !== false
      return given ? [{ what: name, says: `${name} lets it reach the machine it runs on` }] : []
    }),
  ]
}

function networkEffects(description: Description): Evidence[] {
  const disabled = field(description, 'networkdisabled') === true
  const network = field(description, 'network') ?? field(description, 'networkmode')
  const name = network === false ? 'none' : typeName(network)
  if (disabled || name === 'none') return []
  const says = name === null ? 'no network is refused, so it has one' : `network ${quote(name)} lets it reach others`
  return [{ what: 'network', says }]
}

function mountEffects(description: Description): Evidence[] {
  return ['mounts', 'volumes', 'binds', 'inputsources', 'inputs'].flatMap(name => {
    const mounts = field(description, name)
    const all = Array.isArray(mounts) ? mounts : mounts === undefined || mounts === null ? [] : [mounts]
    const writable = all.filter(mount => (name.startsWith('input') ? isWritableInput(mount) : !isReadOnlyMount(mount)))
    return writable.length === 0 ? [] : [{ what: name, says: `${writable.length} of its ${name} can be written to` }]
  })
}

/** `source:target:ro`, or a map that says so. What does not say so is writable, as in Docker. */
function isReadOnlyMount(mount: unknown): boolean {
  if (typeof mount === 'string') {
    return /:(?:[^:]*,)?ro(?:,[^:]*)?$/.test(mount) || /(?:^|,)(?:readonly|ro)(?:=true|=1)?(?:,|$)/.test(mount)
  }
  if (!isRecord(mount)) return false
  if (typeName(mount) === 'tmpfs' || field(mount, 'mode') === 'ro') return true
  return ['readonly', 'ro'].some(name => field(mount, name) === true)
}

/** Bacalhau copies its inputs, but for a directory of the host that is asked for with writing. */
function isWritableInput(input: unknown): boolean {
  if (!isRecord(input)) return false
  const source = field(input, 'source')
  const params = isRecord(source) ? field(source, 'params') : undefined
  return [input, source, params].some(part => isRecord(part) && (field(part, 'readwrite') ?? false) !== false)
}

/** Where results go: by content address they change nothing, elsewhere they may replace what is there. */
function publisherEffects(description: Description): Evidence[] {
  const name = typeName(field(description, 'publisher') ?? field(description, 'publisherspec'))
  if (name === null || ['', 'none', 'noop', 'ipfs', 'local', 'estuary'].includes(name)) return []
  return [{ what: 'publisher', says: `the publisher ${quote(name)} writes results to a place of its own` }]
}

// ── Spelling ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The type of something that is given by its name or by a map with a `Type`, in lower case. */
function typeName(value: unknown): string | null {
  const name = isRecord(value) ? field(value, 'type') : value
  return typeof name === 'string' ? name.toLowerCase() : null
}

/** The value of a key in whatever spelling. Two spellings are a fault: one reader would see what another does not. */
function field(description: Description, name: string): unknown {
  const [key, other] = Object.keys(description).filter(candidate => spelling(candidate) === name)
  if (key === undefined) return undefined
  if (other !== undefined) throw saidTwice(`${quote(key)} and ${quote(other)}`, key)
  return description[key]
}

/** Two parts of one description. What both parts say is a fault, for the same reason. */
export function merge(a: Description, b: Description): Description {
  const twice = Object.keys(b).find(key => Object.hasOwn(a, key))
  if (twice !== undefined) throw saidTwice(`${quote(twice)} twice`, twice)
  return { ...a, ...b }
}

function saidTwice(what: string, key: string): Fault {
  return new Fault('bad-work', `the description says ${what}: keep one of them`, { field: key })
}

function spelling(key: string): string {
  return key.toLowerCase().replaceAll(/[-_]/g, '')
}
