/** The document of the page: its policy, its labels, and the names that are promised to tests. */
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { pageFile, useDocument } from './document.ts'

const document = useDocument()
const SOURCES = new URL('../../examples/verify-page/src/', import.meta.url)

test('the policy allows scripts of its own place and compilation, and nothing inline', () => {
  const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]')!.getAttribute('content')!
  const rules = Object.fromEntries(policy.split(';').map(rule => rule.trim().split(/ (.*)/s, 2))) as Record<
    string,
    string
  >
  expect(rules).toEqual({
    'default-src': "'none'",
    'script-src': "'self' 'wasm-unsafe-eval'",
    'worker-src': "'self'",
    'connect-src': "'self' https: http://localhost:* http://127.0.0.1:*",
    'style-src': "'self'",
    'img-src': "'self' blob:",
    'base-uri': "'none'",
    'form-action': "'none'",
  })
  expect(document.querySelectorAll('style, [style], script:not([src])')).toHaveLength(0)
  const attributes = [...document.querySelectorAll('*')].flatMap(element => element.getAttributeNames())
  expect(attributes.filter(name => name.startsWith('on'))).toEqual([])
})

test('every address is relative, so that the page works under any path', () => {
  const named = [...document.querySelectorAll('[src], [href]')].map(
    element => element.getAttribute('src') ?? element.getAttribute('href')!,
  )
  expect(named.filter(address => !/^(?:\.\/|#)/.test(address))).toEqual([])
})

test('every label and reference names an element, and every field has a label', () => {
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  // These are made when they are shown.
  const made = ['verdict-heading', 'change-heading', 'receipt-heading']
  for (const name of ['for', 'aria-labelledby', 'aria-describedby'])
    for (const element of document.querySelectorAll(`[${name}]`))
      expect([...ids, ...made]).toContain(element.getAttribute(name))
  for (const field of document.querySelectorAll('input'))
    expect(document.querySelector(`label[for="${field.id}"]`), field.id).not.toBeNull()
})

test('the names that README.md promises to tests are in the page', () => {
  const promised = [...pageFile('README.md').matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`([a-z][\w-]*)`/g)].map(([, name]) => name!),
  )
  expect(promised.length).toBeGreaterThan(50)
  const code =
    readdirSync(SOURCES)
      .map(file => pageFile(`src/${file}`))
      .join('\n') + pageFile('index.html')
  // Names with a number are made from a prefix.
  const isThere = (name: string): boolean =>
    new RegExp(`['"\`]${name}['"\`]`).test(code) ||
    code.includes(`${name.replace(/\d+$/, '')}\${`) ||
    code.includes(`\${id}${name.replace(/^[a-z]+/, '')}`)
  expect(promised.filter(name => !isThere(name))).toEqual([])
})
