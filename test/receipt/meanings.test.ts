/** The words for verdicts and stages. */
import { expect, test } from 'vitest'
import { describeStage } from '../../src/engine/stage-words.ts'
import { encodeProfile, PROFILES, profileOf } from '../../src/profile/document.ts'
import { meaningOf, type VerdictName } from '../../src/receipt/meanings.ts'

test.each<VerdictName>(['reproduced', 'refuted', 'undecided', 'fault'])('%s has a meaning', name => {
  expect(meaningOf(name)).toMatch(/^[A-Z][^]*\.$/)
})

test.each(['confirmed', 'toString', ''])('%j is no verdict', name => {
  expect(() => meaningOf(name as VerdictName)).toThrow('the verdict must be one of')
})

test('stages have words, and nothing else has', () => {
  expect(describeStage('instrument')).toBe('instrumenting the module')
  expect(() => describeStage('constructor' as 'run')).toThrow('the stage must be one of')
})

test('profiles are found by their CIDs', () => {
  for (const profile of Object.values(PROFILES)) expect(profileOf(encodeProfile(profile).cid)).toBe(profile)
  const other = encodeProfile({ ...Object.values(PROFILES)[0]!, id: 'other' }).cid
  expect(profileOf(other)).toBeUndefined()
})
