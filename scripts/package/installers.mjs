/** Installers with which a package can only import its declared dependencies. By default, npm hoists all packages. */
import { basename, join } from 'node:path'
import { expectText, makeProject, node, run } from './stranger.mjs'
import { ESM, FACTORIAL } from './uses.mjs'

const PNPM = 'pnpm@10.34.9'
const YARN = '@yarnpkg/cli-dist@4.18.1'

/** Tries npm with a separate folder for each package. */
export function tryLinked(folder, tarball) {
  const project = makeProject(folder, 'linked', { 'use.js': ESM })
  run('npm', ['install', '--no-audit', '--no-fund', '--install-strategy=linked', tarball], project)
  expectText('linked', node(project, 'use.js'), FACTORIAL)
  return 'npm with linked packages: runs'
}

/** Tries pnpm, installed from the registry. */
export function tryPnpm(folder, tarball) {
  const tools = installTool(folder, 'pnpm', PNPM)
  if (tools.missing !== undefined) return `pnpm: skipped, because ${tools.missing}`
  const project = dependent(folder, 'pnpm-project', tarball)
  node(
    project,
    join(tools.modules, 'pnpm/bin/pnpm.cjs'),
    'install',
    '--ignore-scripts',
    '--store-dir',
    join(folder, 'pnpm-store'),
  )
  expectText('pnpm', node(project, 'use.js'), FACTORIAL)
  return 'pnpm: runs'
}

/** Tries Yarn with Plug'n'Play, which has no node_modules. Undeclared dependencies cannot be imported. */
export function tryPlugAndPlay(folder, tarball) {
  const tools = installTool(folder, 'yarn', YARN)
  if (tools.missing !== undefined) return `Yarn Plug'n'Play: skipped, because ${tools.missing}`
  const project = dependent(folder, 'yarn-project', tarball, { 'yarn.lock': '' })
  const env = {
    YARN_ENABLE_TELEMETRY: '0',
    YARN_NODE_LINKER: 'pnp',
    YARN_ENABLE_GLOBAL_CACHE: 'false',
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    YARN_NPM_REGISTRY_SERVER: run('npm', ['config', 'get', 'registry'], project).trim(),
  }
  const yarn = (...args) =>
    run(process.execPath, [join(tools.modules, '@yarnpkg/cli-dist/bin/yarn.js'), ...args], project, env)
  yarn('install')
  expectText("Plug'n'Play", yarn('node', 'use.js'), FACTORIAL)
  return "Yarn Plug'n'Play: runs"
}

function dependent(folder, name, tarball, files = {}) {
  return makeProject(
    folder,
    name,
    { 'use.js': ESM, ...files },
    { dependencies: { 'ipvm-wasm': `file:../${basename(tarball)}` } },
  )
}

/** Installs a tool into a folder of its own. If this fails, `missing` is the reason. */
export function installTool(folder, name, ...packages) {
  const tools = makeProject(folder, `${name}-tool`)
  try {
    run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages], tools)
    return { modules: join(tools, 'node_modules') }
  } catch (error) {
    const reason = error.message.split('\n').find(line => /npm (?:error|ERR!)/.test(line)) ?? 'npm failed'
    return { missing: `${packages.join(' ')} cannot be installed: ${reason}` }
  }
}
