/** Every exported name and every option has documentation, which editors show. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { exportedNames, namedTypes } from './support/declarations.ts'

const DIST = fileURLToPath(new URL('../dist', import.meta.url))

test.each(['index.d.ts', 'node.d.ts', 'words.d.ts', 'farm.d.ts'])('%s: every name is documented', door => {
  expect(
    exportedNames(`${DIST}/${door}`)
      .filter(({ documented }) => !documented)
      .map(({ name }) => name),
  ).toEqual([])
})

test('names are found with their members and inherited options', () => {
  const names = [...exportedNames(`${DIST}/index.d.ts`), ...exportedNames(`${DIST}/node.d.ts`)].map(({ name }) => name)
  expect(names.length).toBeGreaterThan(250)
  expect(names).toEqual(
    expect.arrayContaining([
      'Fault',
      'Fault.retryable',
      'Receipt.meta',
      'Receipt.gasUsed',
      'VerifierOptions.maxGas',
      'Verifier.verify',
      'VerifyOptions.expect',
      'Abortable.signal',
      'SizeBound.maxBytes',
      'PROFILE_1',
      'Task.mod',
      'addFile',
      'ThreadOptions.threads',
      'Schedule.memoryCopy',
    ]),
  )
})

test('every type of an exported function is exported by the same entry point', () => {
  const [main, forNode] = [namedTypes(`${DIST}/index.d.ts`), namedTypes(`${DIST}/node.d.ts`)]
  const known = new Set(exportedNames(`${DIST}/index.d.ts`).map(({ name }) => name))
  const missing = [...main, ...forNode.filter(({ name, by }) => /^[a-z]/.test(by) || !known.has(name))]
    .filter(({ name, exported }) => !exported && !/^[A-Z_\d]+$/.test(name))
    .map(({ name, by }) => `${by} needs ${name}`)
  expect(missing).toEqual([])
  expect(main.map(({ name, by }) => `${by} needs ${name}`)).toEqual(
    expect.arrayContaining([
      'createFallbackStore needs FallbackOptions',
      'readCar needs CarBound',
      'Module needs Body',
    ]),
  )
})
