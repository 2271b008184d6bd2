/**
 * Classifies containers and jobs of Bacalhau, which this library does not run. They can read clocks and depend on the
 * machine. So their best class is that of a query, if the description shows that they can write only their output.
 *
 * Defaults are those of the tools: Docker and Bacalhau give a container a network unless the description refuses it.
 */
import { Fault } from '../base/fault.ts'
import { isRecord } from '../base/shape.ts'
import { CAUTION, found, type Evidence, type Found } from './finding.ts'
import { quote } from './resources.ts'

/** A description. Its keys may be spelled in several ways: `Network` or `network`, `ReadOnly` or `read_only`. */
type Description = Readonly<Record<string, unknown>>

/**
 * Classifies a Docker container by its description: `network`, `mounts`, `volumes`, `binds`, `devices`, `privileged`.
 * Fields of a `HostConfig`, as in Docker's own API, count as well.
 *
 * @throws Fault bad-work if the description has two values for one field
 */
export function classifyDocker(description: Description): Found {
  const host = field(description, 'hostconfig')
  return verdict('docker', containerEffects(isRecord(host) ? merge(description, host) : description))
}

/**
 * Classifies a job or task of Bacalhau in the present form (`Tasks`, `Engine: {Type}`) or in that of 2023 (`Spec`,
 * `Engine: "Docker"`). A job gets the class of the task that needs the most precautions. Returns `null` if a task names
 * no engine.
 *
 * @throws Fault bad-work if the description has two values for one field
 */
export function classifyBacalhau(job: Description): Found | null {
  const tasks = field(job, 'tasks')
  if (!Array.isArray(tasks)) return classifyTask(field(job, 'spec') ?? job)
  const parts = tasks.map(classifyTask).filter(part => part !== null)
  const careful = parts.find(part => part.kind === 'command') ?? parts[0]
  if (careful === undefined || parts.length < tasks.length) return null
  return { ...careful, evidence: parts.flatMap(part => part.evidence) }
}

/** Classifies one task. The WebAssembly engine of Bacalhau offers clocks, so its modules are not pure functions. */
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

/** True for `source:target:ro` and for a map that states it. Any other mount is writable, as in Docker. */
function isReadOnlyMount(mount: unknown): boolean {
  if (typeof mount === 'string') {
    return /:(?:[^:]*,)?ro(?:,[^:]*)?$/.test(mount) || /(?:^|,)(?:readonly|ro)(?:=true|=1)?(?:,|$)/.test(mount)
  }
  if (!isRecord(mount)) return false
  if (typeName(mount) === 'tmpfs' || field(mount, 'mode') === 'ro') return true
  return ['readonly', 'ro'].some(name => field(mount, name) === true)
}

/** Bacalhau copies its inputs, except for directories of the host that are requested as writable. */
function isWritableInput(input: unknown): boolean {
  if (!isRecord(input)) return false
  const source = field(input, 'source')
  const params = isRecord(source) ? field(source, 'params') : undefined
  return [input, source, params].some(part => isRecord(part) && (field(part, 'readwrite') ?? false) !== false)
}

/**
 * Returns the effects of publishing results. Content-addressed storage overwrites nothing; any other place may lose old
 * data.
 */
function publisherEffects(description: Description): Evidence[] {
  const name = typeName(field(description, 'publisher') ?? field(description, 'publisherspec'))
  if (name === null || ['', 'none', 'noop', 'ipfs', 'local', 'estuary'].includes(name)) return []
  return [{ what: 'publisher', says: `the publisher ${quote(name)} writes results to a place of its own` }]
}

// ── Spelling ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Returns the name of a type in lower case. `value` is the name or a map with the name in `Type`. */
function typeName(value: unknown): string | null {
  const name = isRecord(value) ? field(value, 'type') : value
  return typeof name === 'string' ? name.toLowerCase() : null
}

/**
 * Returns the value of a key in any spelling. Two spellings in one description are a fault, because tools would
 * disagree.
 */
function field(description: Description, name: string): unknown {
  const [key, other] = Object.keys(description).filter(candidate => spelling(candidate) === name)
  if (key === undefined) return undefined
  if (other !== undefined) throw saidTwice(`${quote(key)} and ${quote(other)}`, key)
  return description[key]
}

/** Merges two parts of one description. A key that both parts have is a fault, because tools would disagree. */
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
