/**
 * Containers, and jobs of Bacalhau: programs that are not run here. They read clocks and depend on the machine, so they
 * are queries at best; and that only if their description says that nothing can leave them but their output.
 *
 * Defaults are those of the tools: Docker gives a network to who does not refuse it, and so does Bacalhau today.
 */
import { isRecord } from '../base/shape.ts'
import type { WorkKind } from './classes.ts'
import type { Evidence, Found } from './finding.ts'
import { quote } from './resources.ts'

/** A description as maps of whatever spelling: `Network`, `network`, `ReadOnly`, `read_only`. */
type Description = Readonly<Record<string, unknown>>

/** A Docker container by its description: `network`, `mounts`, `volumes`, `binds`, `devices`, `privileged`. */
export function classifyDocker(description: Description): Found {
  return verdict('docker', containerEffects(description))
}

/**
 * A job or task of Bacalhau, in the form of today (`Tasks`, `Engine: {Type}`) or that of 2023 (`Engine`, `Docker`, `Wasm`).
 * Its Wasm engine offers clocks, so that its Wasm is no pure function. `null` if it names no engine.
 */
export function classifyBacalhau(job: Description): Found | null {
  const tasks = field(job, 'tasks')
  if (Array.isArray(tasks)) {
    const parts = tasks.map(task => (isRecord(task) ? classifyBacalhau(task) : null))
    return parts.length === 0 || parts.includes(null) ? null : worst(parts.filter(part => part !== null))
  }
  const spec = field(job, 'spec')
  if (isRecord(spec)) return classifyBacalhau(spec)
  const engine = typeName(field(job, 'engine'))
  if (engine === null) return null
  const type = engine === 'wasm' ? 'wasm32-wasi' : engine
  if (engine !== 'docker' && engine !== 'wasm') {
    return { type, kind: 'command', evidence: [{ what: 'engine', says: `${quote(engine)} is no engine known here, so it is taken to change something` }] }
  }
  return verdict(type, containerEffects(job), engine === 'wasm')
}

function verdict(type: string, effects: readonly Evidence[], wasm = false): Found {
  if (effects.length > 0) return { type, kind: 'command', evidence: effects }
  const says = wasm
    ? 'without network and writable inputs it changes nothing; yet its engine offers clocks and randomness, so it only answers once'
    : 'without network and writable mounts it changes nothing; yet it sees clocks and the machine, so it only answers once'
  return { type, kind: 'query', evidence: [{ what: 'isolation', says }] }
}

const ORDER: readonly WorkKind[] = ['query', 'command']

/** A job is as careful as the most careful of its tasks. */
function worst(parts: readonly Found[]): Found {
  const [first, ...others] = parts
  const last = others.reduce((a, b) => (ORDER.indexOf(b.kind) > ORDER.indexOf(a.kind) ? b : a), first)
  return { ...last, evidence: parts.flatMap(part => part.evidence) }
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
  const says = name === null ? 'no network is refused, so it has one' : `the network ${quote(name)} lets it reach others`
  return [{ what: 'network', says }]
}

function mountEffects(description: Description): Evidence[] {
  return ['mounts', 'volumes', 'binds', 'inputsources', 'inputs'].flatMap(name => {
    const mounts = field(description, name)
    const all = Array.isArray(mounts) ? mounts : isRecord(mounts) ? Object.values(mounts) : mounts === undefined ? [] : [mounts]
    const inputs = name.startsWith('input')
    const writable = all.filter(mount => (inputs ? isWritableInput(mount) : !isReadOnlyMount(mount)))
    return writable.length === 0 ? [] : [{ what: name, says: `${writable.length} of its ${name} can be written to` }]
  })
}

/** `source:target:ro`, or a map that says so. What does not say so is writable, as in Docker. */
function isReadOnlyMount(mount: unknown): boolean {
  if (typeof mount === 'string') {
    return /:(?:[^:]*,)?ro(?:,[^:]*)?$/.test(mount) || /(?:^|,)(?:readonly|ro)(?:=true|=1)?(?:,|$)/.test(mount)
  }
  if (!isRecord(mount)) return false
  return ['readonly', 'ro'].some(name => field(mount, name) === true) || field(mount, 'mode') === 'ro' || typeName(mount) === 'tmpfs'
}

/** Bacalhau copies inputs, but for a directory of the host that is asked for with writing. */
function isWritableInput(input: unknown): boolean {
  if (!isRecord(input)) return false
  return Object.entries(input).some(([key, value]) => (spelling(key) === 'readwrite' ? value !== false : isWritableInput(value)))
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

/** The value of a key in whatever spelling. Two spellings that disagree would hide one: the first stands, see `classify`. */
function field(description: Description, name: string): unknown {
  const key = Object.keys(description).find(candidate => spelling(candidate) === name)
  return key === undefined ? undefined : description[key]
}

function spelling(key: string): string {
  return key.toLowerCase().replaceAll(/[-_]/g, '')
}
