/**
 * Starts real browsers: the Debian packages of Chromium and Firefox, driven by puppeteer-core, which speaks the DevTools
 * protocol to the one and WebDriver BiDi to the other. What is missing is installed.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { debianProgram, npmFile } from '../install.ts'
import type { Driven, Puppeteer, Tab } from './driven.ts'

export const BROWSERS = ['chromium', 'firefox'] as const
export type BrowserName = (typeof BROWSERS)[number]

const DRIVER = { spec: 'puppeteer-core@24.43.1', file: 'puppeteer-core/lib/esm/puppeteer/puppeteer-core.js' }

const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The time in which a browser must start, and the time that it has to end by itself. */
const START_MS = 120_000
const END_MS = 10_000

/** The files with which a browser is started. */
export interface Installed {
  readonly name: BrowserName
  readonly executablePath: string
  /** The entry file of puppeteer-core. */
  readonly driver: string
}

/** Installs a browser and the library that drives it. Throws `Unavailable` with the reason if that fails. */
export function installBrowser(name: BrowserName, cache: string): Installed {
  const program = name === 'chromium' ? 'chromium' : 'firefox-esr'
  return {
    name,
    executablePath: debianProgram(program, [program]),
    driver: npmFile(cache, 'puppeteer', DRIVER.spec, DRIVER.file, ['--ignore-scripts']),
  }
}

export interface LaunchOptions {
  /** The folder into which files are downloaded. Without it, downloads are refused. */
  readonly downloads?: string
  /** True for a page that prefers dark colours. Default: light ones. */
  readonly dark?: boolean
  /** The time that one command of the driver may take, in milliseconds. Default: 180 000. */
  readonly commandMs?: number
  /** More flags for Chromium. */
  readonly chromiumFlags?: readonly string[]
}

/** A running browser with a profile of its own. */
export interface Browser {
  readonly name: BrowserName
  /** The version, such as `153.0`. */
  readonly version: string
  /** The process id of the browser. */
  readonly pid: number
  /** Opens a tab. */
  open(): Promise<Tab>
  /** Ends the browser and all its processes, and removes its profile. */
  close(): Promise<void>
}

/** Starts a browser without a window. Its profile is new and empty. */
export async function launch(installed: Installed, options: LaunchOptions = {}): Promise<Browser> {
  const { name, executablePath, driver } = installed
  const profile = mkdtempSync(join(tmpdir(), 'ipvm-browser-'))
  const { default: puppeteer } = (await import(pathToFileURL(driver).href)) as { default: Puppeteer }
  let driven: Driven
  try {
    if (name === 'chromium') writePreferences(profile, options)
    driven = await puppeteer.launch({
      browser: name === 'chromium' ? 'chrome' : 'firefox',
      executablePath,
      headless: true,
      userDataDir: profile,
      args: name === 'chromium' ? [...CHROMIUM_FLAGS, ...(options.chromiumFlags ?? [])] : [],
      ...(name === 'firefox' && { extraPrefsFirefox: firefoxPreferences(options) }),
      protocolTimeout: options.commandMs ?? 180_000,
      timeout: START_MS,
      defaultViewport: null,
    })
  } catch (error) {
    removeProfile(profile)
    throw error
  }
  const pid = driven.process()!.pid!
  const [, version = 'unknown'] = /\/([\d.]+)/.exec(await driven.version()) ?? []
  return {
    name,
    version,
    pid,
    open: () => driven.newPage(),
    close: async () => {
      const late = setTimeout(() => killGroup(pid), END_MS)
      try {
        await driven.close()
      } finally {
        clearTimeout(late)
        killGroup(pid)
        removeProfile(profile)
      }
    },
  }
}

/** Chromium reads where downloads go from a file in its profile. */
function writePreferences(profile: string, { downloads }: LaunchOptions): void {
  if (downloads === undefined) return
  mkdirSync(join(profile, 'Default'), { recursive: true })
  const preferences = {
    download: { default_directory: downloads, prompt_for_download: false },
    savefile: { default_directory: downloads },
  }
  writeFileSync(join(profile, 'Default/Preferences'), JSON.stringify(preferences))
}

function firefoxPreferences({ downloads, dark }: LaunchOptions): Record<string, unknown> {
  return {
    // 0 is dark, 1 is light.
    'layout.css.prefers-color-scheme.content-override': dark === true ? 0 : 1,
    ...(downloads !== undefined && {
      'browser.download.folderList': 2,
      'browser.download.dir': downloads,
      'browser.download.useDownloadDir': true,
      'browser.download.always_ask_before_handling_new_types': false,
      'browser.helperApps.neverAsk.saveToDisk': 'application/vnd.ipld.car,application/octet-stream',
    }),
  }
}

/** Ends what is left of a browser. It is the leader of a process group of its own. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nothing is left.
  }
}

function removeProfile(profile: string): void {
  rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}
