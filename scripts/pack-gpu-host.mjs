/**
 * Packs the built project for a Linux x86-64 host with a GPU that has no package registry:
 *
 *   npm run build && node scripts/pack-gpu-host.mjs --to DIR                      DIR/app: programs, JavaScript packages
 *   … --images FOLDER [--limit N] MODEL…                                         DIR/data: labelled frames, models
 *
 * There: `bash DIR/app/unpack.sh`, the same for DIR/data, then `bash $GPU_HOST_ROOT/app/test/bench/gpu/run.sh` says what it can do.
 * Packages that are machine code (koffi, onnxruntime-node, node-av, FFmpeg) are expected in $GPU_HOST_ROOT/node_modules; sharp travels along.
 */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** A folder is carried as a whole. */
const MAX_FOLDER_BYTES = 60e6
/** There already, or not for that host. */
const NOT_PACKED =
  /^(koffi|onnxruntime-(node|common)|node-av|@types\/|@koromix\/|@seydx\/|@ffmpeg-installer\/(?!ffmpeg))/
const SHARP = /^@img\/sharp-(libvips-)?linux-x64$/
/** What test suites need in place of a test runner. */
const RUNNER = ['@vitest/expect']
const NEEDLESS = /(\.map|\.md|\.markdown|\.[cm]?ts|\.flow)$/
const NEEDLESS_FOLDERS = new Set([
  'docs',
  'doc',
  'test',
  'tests',
  'example',
  'examples',
  'benchmark',
  'benchmarks',
  '.github',
])
/** Read by what runs there, and compiled by nobody. */
const PLAIN = ['package.json', 'infer/model/ringside-nano', 'config/default.yml', 'test/bench', 'test/tools']

const root = fileURLToPath(new URL('..', import.meta.url))
const { values, positionals: models } = parseArgs({
  options: { to: { type: 'string' }, images: { type: 'string' }, limit: { type: 'string' } },
  allowPositionals: true,
})
if (!values.to) throw new Error('Give --to FOLDER.')
if (!fs.existsSync(path.join(root, 'dist/bin'))) throw new Error('Build first: npm run build.')
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-pack-'))
try {
  packApp(path.join(work, 'app'))
  if (values.images) packData(path.join(work, 'data'), values.images)
} finally {
  fs.rmSync(work, { recursive: true, force: true })
}

function packApp(to) {
  copy(path.join(root, 'dist'), path.join(to, 'dist'), name => !name.endsWith('.map'))
  for (const plain of PLAIN) {
    const isCode = name => name.endsWith('.ts')
    copy(path.join(root, plain), path.join(to, plain), name => !isCode(name))
  }
  for (const name of packages()) {
    const from = path.join(root, 'node_modules', name)
    copy(from, path.join(to, 'node_modules', name), (file, folder) => {
      const isTop = path.dirname(file) === from
      return folder ? !(isTop && NEEDLESS_FOLDERS.has(path.basename(file))) : !NEEDLESS.test(file)
    })
  }
  archive(to, 'app')
}

function packData(to, images) {
  const limit = values.limit ? ['--limit', values.limit] : []
  const program = path.join(root, 'dist/test/bench/gpu/pack-data.js')
  execFileSync(process.execPath, [program, '--images', images, '--to', to, ...limit, ...models], {
    stdio: 'inherit',
  })
  archive(to, 'data')
}

/** Names of installed packages, nested ones with their path, that the product or the runner needs. */
function packages() {
  const { packages: locked } = JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8'))
  const installed = name =>
    name in locked && fs.existsSync(path.join(root, 'node_modules', name.slice('node_modules/'.length)))
  const wanted = new Set()
  for (const [place, { dev, optional, devOptional }] of Object.entries(locked)) {
    const name = place.slice('node_modules/'.length)
    if (!place || !installed(place) || dev || NOT_PACKED.test(name)) continue
    if ((optional || devOptional) && !SHARP.test(name)) continue
    wanted.add(name)
  }
  const add = name => {
    const place = `node_modules/${name}`
    if (wanted.has(name) || !installed(place) || NOT_PACKED.test(name)) return
    wanted.add(name)
    for (const needed of Object.keys(locked[place].dependencies ?? {})) add(needed)
  }
  for (const name of RUNNER) add(name)
  return wanted
}

function copy(from, to, keep) {
  const filter = source => {
    const isFolder = fs.statSync(source).isDirectory()
    // Nested packages are entries of their own.
    return (
      !(isFolder && source !== from && path.basename(source) === 'node_modules') && keep(source, isFolder)
    )
  }
  fs.cpSync(from, to, { recursive: true, dereference: true, filter })
}

function archive(folder, name) {
  const to = path.join(values.to, name)
  fs.rmSync(to, { recursive: true, force: true })
  fs.mkdirSync(to, { recursive: true })
  const file = path.join(path.resolve(to), `${name}.tar.xz`)
  execFileSync('tar', ['-C', folder, '-cJf', file, '.'], { env: { ...process.env, XZ_OPT: '-T0 -6' } })
  fs.copyFileSync(path.join(root, 'scripts/unpack-gpu-host.sh'), path.join(to, 'unpack.sh'))
  const bytes = fs.statSync(file).size
  console.log(`${to}: ${(bytes / 1e6).toFixed(1)} MB`)
  if (bytes > MAX_FOLDER_BYTES)
    throw new Error(
      `${to} is larger than ${MAX_FOLDER_BYTES / 1e6} MB: pack fewer models or pictures (--limit).`,
    )
}
