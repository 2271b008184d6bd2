/**
 * Computes safety classes. A class that is only declared "is of course not BFT, since I can mismatch" (ipvm-wg/spec #12). So the
 * class follows from the type of the work and from evidence, and a declaration that promises more is refused.
 *
 * WebAssembly is deterministic if admission accepts its module. Before admission the class is not proved (`proved: false`). A module
 * that admission rejects may do anything where it does run, so it gets the row of the table with the most precautions.
 */
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { badUsage, fields, givenFunction, givenList, givenText } from '../base/usage.ts'
import type { Rejection } from '../interface.ts'
import {
  CAREFUL_KIND,
  CLASS_TABLE,
  guaranteesOf,
  SAFETY_CLASSES,
  type Guarantees,
  type SafetyClass,
  type WorkKind,
} from './classes.ts'
import { classifyBacalhau, classifyDocker, merge } from './containers.ts'
import { CAUTION, found, type Evidence, type Found } from './finding.ts'
import { classifyAbility, classifyHttp, classifyResource, normalAbility, quote, schemeOf } from './resources.ts'
import { badWork, isNamedByContent, moduleOf, readWork, type Work } from './work.ts'

/** The verdict of admission on the module of WebAssembly work. */
export type ModuleEvidence =
  | {
      readonly admitted: true
      /** The id of the profile under which it is admitted. Default: profile 1. */
      readonly profile?: string
    }
  | { readonly rejection: Rejection }

/** The type and the class of work. Networks state what they support as a list of such tuples. */
export type Tuple = readonly [type: string, safety: SafetyClass]

/** The class of a piece of work, and the reasons. */
export interface Classification {
  /** The kind of work. */
  readonly kind: WorkKind
  /** The computed class, or a declared one that promises less. */
  readonly class: SafetyClass
  /** The guarantees of that class. */
  readonly guarantees: Guarantees
  /** False if the class depends on an admission that has not taken place. */
  readonly proved: boolean
  /** The facts from which the class was computed, for people. */
  readonly evidence: readonly Evidence[]
  /** The type and the class of the work. */
  readonly tuple: Tuple
}

/**
 * Computes the class of a piece of work, and states the facts. For WebAssembly, `evidence` is the verdict of admission
 * on the module that `moduleToProve` names; for other work it has no meaning. Unknown abilities are destructive.
 *
 * A declared class that promises less than the computed one is accepted, with its guarantees.
 *
 * @throws Fault bad-work if the description has none of the known forms or contradicts itself; class-mismatch if it
 *   declares a class that promises more than the evidence proves; bad-usage if the evidence is not a verdict of
 *   admission
 */
export function classify(work: unknown, evidence?: ModuleEvidence): Classification {
  const read = readWork(work)
  checkEvidence(evidence)
  const { type, kind, evidence: facts } = find(read, evidence)
  const proved = kind !== 'pure-function' || evidence !== undefined
  const computed = CLASS_TABLE[kind].class
  const declared = read.declared ?? computed
  const caution = SAFETY_CLASSES.indexOf(declared) - SAFETY_CLASSES.indexOf(computed)
  if (caution < 0) throw mismatch(declared, computed, facts)
  const says = `declared ${declared}, which promises less than ${computed} and is honoured`
  return {
    kind,
    class: declared,
    guarantees: guaranteesOf(caution === 0 ? kind : CAREFUL_KIND[declared]),
    proved,
    evidence: caution === 0 ? facts : [...facts, { what: 'safety', says }],
    tuple: [type, declared],
  }
}

/**
 * Returns the module that has to be admitted to prove the class of this work, or `null` if there is nothing to prove.
 *
 * @throws Fault bad-work as `classify` does
 */
export function moduleToProve(work: unknown): CID | null {
  return moduleOf(readWork(work))
}

/**
 * Classifies work as `classify` does. If the work has a module, `evidenceOf` is called for the verdict of admission on
 * it.
 */
export async function classifyWith(
  work: unknown,
  evidenceOf: (module: CID) => ModuleEvidence | Promise<ModuleEvidence>,
): Promise<Classification> {
  givenFunction(evidenceOf, 'evidenceOf')
  const module = moduleToProve(work)
  return module === null ? classify(work) : classify(work, await evidenceOf(module))
}

/** Returns true if a network that supports these tuples of type and class accepts work of this tuple. */
export function supports(tuples: Iterable<Tuple>, tuple: Tuple): boolean {
  const [type, safety] = givenList(tuple, 'the tuple')
  if (typeof tuples !== 'object' || tuples === null || ArrayBuffer.isView(tuples) || !(Symbol.iterator in tuples))
    throw badUsage('tuples', 'a list of tuples', tuples)
  return [...tuples]
    .map(item => givenList(item, 'a tuple'))
    .some(([known, careful]) => known === type && careful === safety)
}

/** Throws Fault('bad-usage') unless the evidence is one of the two verdicts. An `Admission` itself is neither. */
function checkEvidence(evidence: ModuleEvidence | undefined): void {
  if (evidence === undefined) return
  const found: Readonly<Record<string, unknown>> = fields(evidence, 'the evidence')
  if (found['admitted'] === true && found['rejection'] === undefined) {
    if (found['profile'] !== undefined) givenText(found['profile'] as string, "the evidence's profile")
    return
  }
  const rejection = found['admitted'] === undefined ? (found['rejection'] as Rejection | undefined) : undefined
  if (rejection?.kind === 'rejection' && typeof rejection.code === 'string') return
  throw badUsage('the evidence', '{ admitted: true } or { rejection }, as rejectionOf gives it', evidence)
}

// ── Kinds ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function find(work: Work, evidence: ModuleEvidence | undefined): Found {
  switch (work.form) {
    case 'wasm':
      return findWasm(work.type, work.module, evidence)
    case 'seed':
      return { ...findSeed(work), type: work.type }
    case 'ability':
      return findInvocation(work)
    case 'job':
      return classifyBacalhau(work.job) ?? noEngine()
    case 'resource':
      return classifyResource(work.resource) ?? unknown('resource', schemeOf(work.resource) ?? 'web')
  }
}

function findWasm(type: string, module: unknown, evidence: ModuleEvidence | undefined): Found {
  if (!isNamedByContent(module)) {
    return found(type, 'command', 'module', 'the module is not named by a CID, so nothing about it can be proved')
  }
  if (evidence === undefined) {
    return found(type, 'pure-function', 'module', 'it only computes, if its module is admitted: still to be asked')
  }
  if (!('rejection' in evidence)) {
    return found(type, 'pure-function', 'admission', admittedUnder(evidence.profile))
  }
  const { code } = evidence.rejection
  const reason = rejectionInShort(evidence.rejection)
  // Both codes are about the call: the module itself has been admitted.
  if (code === 'no-such-function' || code === 'bad-arguments') {
    return found(type, 'pure-function', 'admission', `the module is admitted, only this call is rejected (${reason})`)
  }
  return found(type, 'command', 'admission', `the module is rejected (${reason}): nothing proves what it does`)
}

/** By id of a profile with a clock and randomness: a clause for messages that describes them. */
const VIRTUAL: Readonly<Record<string, string>> = {
  'ipvm-wasm/1-virtual-draft': 'whose clock and randomness are functions of the task',
}

function admittedUnder(profile: string | undefined): string {
  if (profile === undefined) return 'the module is admitted: it can only compute'
  const clause = Object.hasOwn(VIRTUAL, profile) ? `, ${VIRTUAL[profile]}` : ''
  return `the module is admitted under ${profile}${clause}: it can only compute`
}

function rejectionInShort({ code, subject, offset }: Rejection): string {
  return code + (subject === undefined ? '' : ` ${quote(subject)}`) + (offset === undefined ? '' : ` at byte ${offset}`)
}

function findSeed(work: Work & { form: 'seed' }): Found {
  const { type, using, run, rest } = work
  switch (type) {
    case 'web':
    case 'http':
    case 'https':
      return findWeb(work)
    case 'docker':
      return classifyDocker(merge(rest, run))
    case 'bacalhau':
      return classifyBacalhau(merge(rest, run)) ?? noEngine()
    case 'ipfs':
      return classifyResource(using) ?? unknown('using', 'resource')
    case 'email':
    case 'mailto':
      return classifyAbility('email/send', using)
    default:
      return classifyAbility(type, using)
  }
}

function findWeb({ using, run, rest, ability }: Work & { form: 'seed' }): Found {
  const methods = [run['method'], rest['method'], ability].filter(value => value !== undefined && value !== null)
  if (methods.length > 1) throw badWork('it names its method twice', 'run.method')
  if (ability !== null) return classifyAbility(ability, using)
  const [method] = methods
  if (method === undefined) return classifyResource(using) ?? unknown('using', 'web')
  if (typeof method !== 'string') throw badWork('method must be text, such as "GET"', 'run.method')
  const scheme = schemeOf(using)
  return scheme === 'http' || scheme === 'https' ? classifyHttp(method) : classifyAbility(`http/${method}`, using)
}

function findInvocation({ ability, resource, inputs }: Work & { form: 'ability' }): Found {
  switch (normalAbility(ability)) {
    case 'docker/run':
      return classifyDocker(inputs)
    case 'wasm32-wasi/run':
      return classifyBacalhau(merge(inputs, { engine: 'wasm' })) ?? noEngine()
    default:
      return classifyAbility(ability, resource)
  }
}

function noEngine(): Found {
  return unknown('engine', 'bacalhau')
}

function unknown(what: string, type: string): Found {
  return found(type, 'command', what, `its ${what} is none known here, ${CAUTION}`)
}

function mismatch(declared: SafetyClass, computed: SafetyClass, evidence: readonly Evidence[]): Fault {
  const reason = evidence.map(({ says }) => says).join('; ')
  const remedy = `Declare safety "${computed}", or leave it out`
  const message = `declared ${declared}, yet the evidence carries ${computed} only: ${reason}. ${remedy}`
  return new Fault('class-mismatch', message, { declared, computed, evidence })
}
