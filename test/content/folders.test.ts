import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createFsStore } from '../../src/content/fs-store.ts'
import { makeFolders } from '../../src/content/folders.ts'
import { addFile } from '../../src/content/unixfs.ts'

const folder = mkdtempSync(join(tmpdir(), 'folders-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('makes a folder and those above it, and finds them the next time', () => {
  const path = join(folder, 'a/b/c')
  for (let i = 0; i < 2; i++) makeFolders(path, 0o700)
  expect([statSync(path).mode & 0o777, statSync(join(folder, 'a')).mode & 0o777]).toEqual([0o700, 0o700])
  symlinkSync(path, join(folder, 'link'))
  makeFolders(join(folder, 'link/d'))
  expect(statSync(join(path, 'd')).isDirectory()).toBe(true)
})

test('a file in the way is an error, and so is a link to nothing', () => {
  writeFileSync(join(folder, 'file'), '')
  expect(() => makeFolders(join(folder, 'file'))).toThrow('EEXIST')
  expect(() => makeFolders(join(folder, 'file/x'))).toThrow('ENOTDIR')
  symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'))
  expect(() => makeFolders(join(folder, 'dangling'))).toThrow('EEXIST')
})

test.runIf(existsSync('/proc/self'))('a folder in which nothing can be made is an error at once', async () => {
  expect(() => makeFolders('/proc/nothing/here')).toThrow('ENOENT')
  await expect(addFile(createFsStore('/proc/nothing/here'), new Uint8Array(5))).rejects.toMatchObject({
    code: 'store-failed',
    whose: 'runner',
  })
})
