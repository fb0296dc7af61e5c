/** Finds shared libraries by name, in the order in which people expect their own choice to win. Reads folders, loads nothing. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

const LDCONFIG = ['/sbin/ldconfig', '/usr/sbin/ldconfig']
const LDCONFIG_TIMEOUT_MS = 5000
const systemPythons = ['/usr/local/lib', '/usr/lib']

export class LibrarySearch {
  readonly #before: readonly string[]
  readonly #after: readonly string[]
  #cache: ReadonlyMap<string, string> | null = null
  readonly #listings = new Map<string, readonly string[]>()

  /**
   * @param folders searched first: the operator’s own.
   * @param env of whom the libraries are for: LD_LIBRARY_PATH, CUDA_HOME, VIRTUAL_ENV, CONDA_PREFIX, PATH.
   */
  constructor(folders: readonly string[], env: NodeJS.ProcessEnv) {
    this.#before = [...folders.flatMap(withWheels), ...listOf(env.LD_LIBRARY_PATH)]
    this.#after = [...toolkitFolders(env), ...pythonFolders(env)]
  }

  /** @returns the path, or null. */
  find(name: string): string | null {
    return this.#within(this.#before, name) ?? this.#cached().get(name) ?? this.#within(this.#after, name)
  }

  /** Paths of libraries of this stem, whatever their number: `libcublas` gives `…/libcublas.so.12` and `…/libcublas.so.13`. */
  numbered(stem: string): string[] {
    const fits = (name: string): boolean => name.startsWith(`${stem}.so.`)
    const inFolders = [...this.#before, ...this.#after].flatMap(folder =>
      this.#list(folder)
        .filter(fits)
        .map(name => path.join(folder, name)),
    )
    const inCache = [...this.#cached()].flatMap(([name, file]) => (fits(name) ? [file] : []))
    return [...new Set([...inFolders, ...inCache])]
  }

  #within(folders: readonly string[], name: string): string | null {
    const folder = folders.find(candidate => this.#list(candidate).includes(name))
    return folder ? path.join(folder, name) : null
  }

  #list(folder: string): readonly string[] {
    const known = this.#listings.get(folder)
    if (known) return known
    const names = entriesOf(folder)
    this.#listings.set(folder, names)
    return names
  }

  /** What the loader finds by itself: name → path. Empty where the system has no ldconfig. */
  #cached(): ReadonlyMap<string, string> {
    this.#cache ??= readLoaderCache()
    return this.#cache
  }
}

/** Version that the name of the real file behind a link tells: `libcublas.so.12.8.4.1` → `12.8.4.1`. */
export function versionInName(file: string): string | null {
  return /\.so\.([0-9.]+)$/.exec(fs.realpathSync(file))?.[1] ?? null
}

function readLoaderCache(): ReadonlyMap<string, string> {
  const program = LDCONFIG.find(file => fs.existsSync(file))
  if (!program) return new Map()
  const { stdout } = spawnSync(program, ['-p'], { encoding: 'utf8', timeout: LDCONFIG_TIMEOUT_MS })
  const lines = (stdout ?? '').matchAll(/^\s*(\S+) \((?:[^)]*,)?x86-64[^)]*\) => (\S+)$/gm)
  // The loader takes the first of a name, so the first one stays.
  return new Map([...lines].reverse().map(([, name = '', file = '']) => [name, file]))
}

/** A folder, and those of the wheels that `pip install --target` put into it. */
function withWheels(folder: string): string[] {
  return [folder, ...wheelFolders(folder)]
}

/** NVIDIA’s wheels: `nvidia/cu13/lib`, `nvidia/cublas/lib`, …, `tensorrt_libs`. */
function wheelFolders(sitePackages: string): string[] {
  const nvidia = path.join(sitePackages, 'nvidia')
  return [
    ...entriesOf(nvidia).map(name => path.join(nvidia, name, 'lib')),
    path.join(sitePackages, 'tensorrt_libs'),
  ].filter(folder => fs.existsSync(folder))
}

function toolkitFolders(env: NodeJS.ProcessEnv): string[] {
  const named = [env.CUDA_HOME, env.CUDA_PATH].filter(home => home !== undefined && home !== '')
  const installed = entriesOf('/usr/local')
    .filter(name => /^cuda(-[0-9.]+)?$/.test(name))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map(name => path.join('/usr/local', name))
  return [...named, ...installed].flatMap(home => [
    path.join(home as string, 'lib64'),
    path.join(home as string, 'targets/x86_64-linux/lib'),
  ])
}

/** Where Pythons that are in use keep packages; none of them is run. */
function pythonFolders(env: NodeJS.ProcessEnv): string[] {
  const onPath = listOf(env.PATH)
    .filter(folder => fs.existsSync(path.join(folder, 'python3')))
    .map(folder => path.join(folder, '../lib'))
  const environments = [env.VIRTUAL_ENV, env.CONDA_PREFIX].flatMap(root =>
    root ? [path.join(root, 'lib')] : [],
  )
  const roots = [...new Set([...environments, ...onPath, ...systemPythons])]
  const packages = roots.flatMap(root =>
    entriesOf(root)
      .filter(name => /^python3/.test(name))
      .flatMap(name => ['site-packages', 'dist-packages'].map(kind => path.join(root, name, kind))),
  )
  return [...environments, ...packages.flatMap(wheelFolders)]
}

function listOf(paths: string | undefined): string[] {
  return (paths ?? '').split(':').filter(folder => path.isAbsolute(folder))
}

/** Empty where there is no such folder, or none that this user may read. */
function entriesOf(folder: string): string[] {
  try {
    return fs.readdirSync(folder)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(code)) return []
    throw error
  }
}
