/** A second opinion is worth something only if it is one: what the oracle may share with the product. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const HERE = new URL('.', import.meta.url)
const SHARED = /^\.\.\/\.\.\/src\/(wasm\/(instructions|types)|profile\/[\w-]+|interface(?:-profile)?)\.ts$/

const files = readdirSync(HERE).filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts'))

it.each(files)('%s shares nothing but tables, types and profiles', file => {
  const text = readFileSync(new URL(file, HERE), 'utf8')
  const imports = [...text.matchAll(/from '([^']+)'/g)].map(match => match[1]!)
  expect(imports.filter(name => !/^(?:\.\/|node:)/.test(name) && !SHARED.test(name))).toEqual([])
  expect(text).not.toMatch(/import\(|require\(/)
})

it('sees its files', () => expect(files).toContain('machine.ts'))
