/** What a server and its content security policy must allow, and what the page says where they do not. */
import { expect, expectMatch } from './checks.ts'
import type { Context } from './context.ts'
import type { Tab } from './driven.ts'
import type { Browser } from './launch.ts'
import { serveSite, type Site, type SiteOptions } from './site.ts'
import { at, until } from './tabs.ts'
import { beginCheck, check, expectVerdict, loadClaim, openPage } from './verify-page.ts'

/** Everything that the page needs. */
const ENOUGH = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self'",
  'connect-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' blob:",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
}

/** The policy with other values. */
function policyWith(changed: Partial<typeof ENOUGH> = {}): string {
  return Object.entries({ ...ENOUGH, ...changed })
    .map(([name, value]) => `${name} ${value}`)
    .join('; ')
}

/** What the verdict says where something is missing: the code of the fault, and words of its message. */
const MISSING: readonly (readonly [name: string, policy: string, code: string, message: RegExp])[] = [
  ["script-src 'self' alone", policyWith({ 'script-src': "'self'" }), 'compilation-forbidden', /wasm-unsafe-eval/],
  ["worker-src 'none'", policyWith({ 'worker-src': "'none'" }), 'engine-failed', /worker-src/],
  ["connect-src 'none'", policyWith({ 'connect-src': "'none'" }), 'asset-failed', /binaryen[^/]*\.wasm/],
]

/** Serves the page in each way. The browser has a new profile: no service worker of an earlier site answers for a site. */
export async function checkPolicy(context: Context, browser: Browser): Promise<void> {
  const { checks, files } = context
  const { claims } = files
  const run = (name: string, options: Partial<SiteOptions>, body: Body): Promise<void> =>
    checks.run(`policy, ${browser.name}: ${name}`, () => onSite(context, browser, options, body))
  for (const [name, policy, code, message] of MISSING)
    await run(`${name} is the fault ${code}, which says what is missing`, { policy }, async tab => {
      await loadClaim(tab, claims.good)
      await beginCheck(tab)
      const { text, data } = await expectVerdict(tab, 'fault')
      expect(data['code'] === code, `the code is ${data['code']}: «${text}»`)
      expectMatch('the fault', text, message)
    })
  await run(
    'with wasm-unsafe-eval it works, and nothing else is violated',
    { policy: policyWith() },
    async (tab, site) => {
      await check(tab, claims.good, 'reproduced')
      await check(tab, claims.program, 'reproduced')
      expect(site.violations.length === 0, site.violations.join('; '))
    },
  )
  await run(
    'a wrong content type of the instrumenter does no harm',
    { types: { '.wasm': 'text/plain' } },
    async tab => {
      await check(tab, claims.good, 'reproduced')
    },
  )
  if (browser.name === 'chromium')
    await checks.run(`policy, ${browser.name}: over plain HTTP it works, without a service worker`, () =>
      overPlainHttp(context),
    )
}

type Body = (tab: Tab, site: Site) => Promise<void>

/** Opens the page of a site of its own. */
async function onSite(
  { page }: Context,
  browser: Browser,
  options: Partial<SiteOptions>,
  body: Body,
  urlOf = ({ url }: Site): string => url,
): Promise<void> {
  const site = await serveSite({ folder: page, ...options })
  const tab = await browser.open()
  try {
    await openPage(tab, urlOf(site))
    await body(tab, site)
  } finally {
    await tab.close()
    await site.close()
  }
}

/** Browsers trust this machine, so the page is opened under another name, which a flag of Chromium gives it. */
async function overPlainHttp(context: Context): Promise<void> {
  const host = 'plain.example'
  const browser = await context.launch({ chromiumFlags: [`--host-resolver-rules=MAP ${host} 127.0.0.1`] })
  const body = async (tab: Tab): Promise<void> => {
    expect(await tab.evaluate(() => !isSecureContext && crypto.subtle === undefined), 'the page counts as secure')
    await check(tab, context.files.claims.good, 'reproduced')
    await check(tab, context.files.claims.lie, 'refuted')
    await until(tab, at('offline'), ({ data }) => data['state'] === 'none', { what: 'that nothing is kept' })
  }
  try {
    await onSite(context, browser, {}, body, ({ url }) => url.replace('127.0.0.1', host))
  } finally {
    await browser.close()
  }
}
