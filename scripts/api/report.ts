import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'

/** The API report of an entry point of the package, as API Extractor writes it: all exported types. */
export function reportOf(root: string, door: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'api-'))
  const silent = { default: { logLevel: ExtractorLogLevel.None } }
  try {
    const config = ExtractorConfig.prepare({
      configObject: {
        projectFolder: root,
        mainEntryPointFilePath: join(root, `dist/${door}.d.ts`),
        compiler: { tsconfigFilePath: join(root, 'tsconfig.build.json') },
        apiReport: {
          enabled: true,
          reportFolder: folder,
          reportFileName: `${door}.api.md`,
          reportTempFolder: join(folder, 'temp'),
        },
        docModel: { enabled: false },
        dtsRollup: { enabled: false },
        tsdocMetadata: { enabled: false },
        newlineKind: 'lf',
        messages: {
          compilerMessageReporting: silent,
          extractorMessageReporting: silent,
          tsdocMessageReporting: silent,
        },
      },
      configObjectFullPath: undefined,
      packageJsonFullPath: join(root, 'package.json'),
    })
    const { succeeded } = Extractor.invoke(config, {
      localBuild: true,
      messageCallback: message => (message.handled = true),
    })
    if (!succeeded) throw new Error(`there is no report of dist/${door}.d.ts`)
    return readFileSync(join(folder, `${door}.api.md`), 'utf8')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
