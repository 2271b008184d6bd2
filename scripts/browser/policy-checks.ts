/** What a content security policy must allow, and what the page says where it does not. */
import { expect, expectMatch } from './checks.ts'
import type { Context } from './context.ts'
import type { Browser } from './launch.ts'
import { serveSite } from './site.ts'
import { beginCheck, check, expectVerdict, loadClaim, openPage } from './verify-page.ts'

/** Everything that the page needs, but no right to compile. */
const REST =
  "default-src 'none'; worker-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'"
const STRICT = `${REST}; script-src 'self'`
const ENOUGH = `${REST}; script-src 'self' 'wasm-unsafe-eval'`

/** Serves the page under both policies. The browser has a new profile: no worker of an earlier site answers for it. */
export async function checkPolicy({ checks, files, page }: Context, browser: Browser): Promise<void> {
  await checks.run(
    `policy, ${browser.name}: script-src 'self' alone is a fault that says what is missing`,
    async () => {
      const site = await serveSite({ folder: page, policy: STRICT })
      const tab = await browser.open()
      try {
        await openPage(tab, site.url)
        await loadClaim(tab, files.claims.good)
        await beginCheck(tab)
        const { text, data } = await expectVerdict(tab, 'fault')
        expectMatch('the fault', text, /wasm-unsafe-eval/)
        return `code ${data['code']}`
      } finally {
        await tab.close()
        await site.close()
      }
    },
  )
  await checks.run(
    `policy, ${browser.name}: with wasm-unsafe-eval it works, and nothing else is violated`,
    async () => {
      const site = await serveSite({ folder: page, policy: ENOUGH })
      const tab = await browser.open()
      try {
        await openPage(tab, site.url)
        await check(tab, files.claims.good, 'reproduced')
        await check(tab, files.claims.program, 'reproduced')
        expect(site.violations.length === 0, site.violations.join('; '))
      } finally {
        await tab.close()
        await site.close()
      }
    },
  )
}
