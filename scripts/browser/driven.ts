/** The part of puppeteer-core that the checks use. Its package is installed when they run, so its types are not here. */
import type { ChildProcess } from 'node:child_process'

export interface Puppeteer {
  launch(options: Readonly<Record<string, unknown>>): Promise<Driven>
}

/** A browser. */
export interface Driven {
  newPage(): Promise<Tab>
  version(): Promise<string>
  process(): ChildProcess | null
  close(): Promise<void>
}

/** Code for a page: an expression in text, or a function that is sent as text. It must not use names of this side. */
export type PageCode<A extends unknown[], T> = string | ((...args: A) => T | Promise<T>)

export interface Tab {
  goto(url: string, options?: { readonly waitUntil?: 'load' | 'domcontentloaded' }): Promise<unknown>
  reload(options?: { readonly waitUntil?: 'load' | 'domcontentloaded' }): Promise<unknown>
  url(): string
  evaluate<T, A extends unknown[] = []>(code: PageCode<A, T>, ...args: A): Promise<T>
  evaluateOnNewDocument(code: string): Promise<unknown>
  $(selector: string): Promise<Handle | null>
  click(selector: string): Promise<void>
  focus(selector: string): Promise<void>
  type(selector: string, text: string): Promise<void>
  readonly keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> }
  setViewport(viewport: { readonly width: number; readonly height: number }): Promise<void>
  emulateMediaFeatures(features: readonly { readonly name: string; readonly value: string }[]): Promise<void>
  setOfflineMode(offline: boolean): Promise<void>
  screenshot(options: { readonly path: string; readonly fullPage?: boolean }): Promise<unknown>
  createCDPSession(): Promise<DevTools>
  on(event: 'pageerror' | 'error', listener: (error: Error) => void): unknown
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): unknown
  close(): Promise<void>
}

/** An element of a page. */
export interface Handle {
  uploadFile(...paths: string[]): Promise<void>
}

/** A session of the DevTools protocol, which Chromium alone has. */
export interface DevTools {
  send(method: string, parameters?: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>
  detach(): Promise<void>
}
