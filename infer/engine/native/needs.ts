/** What a provider needs beside itself: every library down to the last, in the order in which they load, and what keeps one from loading. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { messageOf } from '../../../shared/errors.js'
import { cudnnVersion } from './cudnn.js'
import { shownCuda } from './driver.js'
import { type ElfLibrary, readElf } from './elf.js'
import type { GpuFinding } from './gpu-finding.js'
import { installCuda } from './gpu-remedies.js'
import { type LibrarySearch, versionInName } from './library-search.js'
import { CUDNN } from './provider.js'

const X86_64 = 62
/** The driver’s own, which was loaded by name; what the C and C++ runtimes bring, which this process has already, once. */
const given = /^(libcuda\.so\.1|ld-linux|lib(c|m|dl|rt|pthread|util|stdc\+\+|gcc_s)\.so\.)/
/** cuDNN’s other half, which it opens from its own folder; without it the first call ends the process. */
const CUDNN_GRAPH = 'libcudnn_graph.so.9'
/** Whose symbol versions tell whether the system is too old. */
const versioned = ['libc.so.6', 'libstdc++.so.6', 'libm.so.6']

export interface Needs {
  /** Paths, each after what it needs. */
  found: string[]
  findings: GpuFinding[]
  notes: GpuFinding[]
  /** "9.28.0 for CUDA 13.5" */
  cudnn?: string
}

/** Of the CUDA provider: what it links, cuDNN, and the compiler that cuDNN makes kernels with. */
export function cudaNeeds(file: string, cudaMajor: number, dataDir: string, search: LibrarySearch): Needs {
  const remedy = installCuda(cudaMajor, dataDir)
  const { needed } = readElf(file)
  const names = [...needed.filter(name => name !== CUDNN), CUDNN]
  const wanted = `CUDA ${cudaMajor}`
  const needs = gather(names, wanted, remedy, search)
  needs.findings.push(...tooOld(file, search))
  needs.findings.push(...gather([CUDNN_GRAPH], wanted, remedy, search).findings)
  const compiler = `${wanted}, for kernels that cuDNN compiles`
  const nvrtc = gather([`libnvrtc.so.${cudaMajor}`], compiler, remedy, search)
  needs.found.push(...nvrtc.found)
  needs.notes.push(...nvrtc.findings)
  return judgeCudnn(needs, cudaMajor, remedy)
}

/** Of the TensorRT provider, which nothing else needs. */
export function tensorrtNeeds(file: string, search: LibrarySearch): Needs {
  const wanted = 'TensorRT 10, as an option: the CUDA provider runs without it'
  const remedy = "Leave it, or: python3 -m pip install 'tensorrt-cu13<11' (tensorrt-cu12 for CUDA 12)"
  if (!existsSync(file))
    return { found: [], notes: [], findings: [{ file, found: 'not installed', wanted, remedy }] }
  return gather(readElf(file).needed, wanted, remedy, search)
}

function gather(names: readonly string[], wanted: string, remedy: string, search: LibrarySearch): Needs {
  const needs: Needs = { found: [], findings: [], notes: [] }
  const seen = new Set<string>()
  const visit = (name: string): void => {
    if (seen.has(name) || given.test(name)) return
    seen.add(name)
    const file = search.find(name)
    const library = file === null ? `not found${others(name, search)}` : readable(file)
    if (file === null || typeof library === 'string') {
      needs.findings.push({
        file: file ?? name,
        found: String(library),
        wanted: `${name} of ${wanted}`,
        remedy,
      })
      return
    }
    for (const need of library.needed) visit(need)
    needs.found.push(file)
  }
  for (const name of names) visit(name)
  return needs
}

/** @returns why not, where it is none that this machine could load. */
function readable(file: string): ElfLibrary | string {
  try {
    const library = readElf(file)
    return library.machine === X86_64 ? library : `it is for another machine (ELF machine ${library.machine})`
  } catch (error) {
    return `it cannot be read: ${messageOf(error)}`
  }
}

/** Another number of the same library is what most often is wrong. */
function others(name: string, search: LibrarySearch): string {
  const found = search.numbered(name.replace(/\.so\..*$/, '')).map(file => {
    const version = versionInName(file)
    return version && !file.endsWith(`.${version}`) ? `${file} (${version})` : file
  })
  return found.length === 0 ? '' : `; there is ${found.join(', ')}`
}

/** Versions of the system’s own libraries that the provider wants and they do not define. */
function tooOld(file: string, search: LibrarySearch): GpuFinding[] {
  const { wants } = readElf(file)
  return versioned.flatMap(name => {
    const system = search.find(name)
    if (system === null) return []
    const { defines } = readElf(system)
    const lacking = (wants.get(name) ?? []).filter(version => !defines.includes(version))
    if (lacking.length === 0) return []
    return {
      file: system,
      found: `it lacks ${lacking.join(', ')}: the system is older than the provider`,
      wanted: `a ${name} with them, for ${path.basename(file)}`,
      remedy: 'Use a newer system, such as Debian 12 or Ubuntu 22.04, or the Docker image.',
    }
  })
}

function judgeCudnn(needs: Needs, cudaMajor: number, remedy: string): Needs {
  const file = needs.found.find(found => path.basename(found) === CUDNN)
  if (!file || needs.findings.length > 0) return needs
  const wanted = `cuDNN 9 for CUDA ${cudaMajor}`
  try {
    const { version, cudaVersion } = cudnnVersion(file)
    needs.cudnn = `${version} for CUDA ${shownCuda(cudaVersion)}`
    if (Math.floor(cudaVersion / 1000) !== cudaMajor)
      needs.findings.push({ file, found: `cuDNN ${needs.cudnn}`, wanted, remedy })
  } catch (error) {
    needs.findings.push({ file, found: `it does not load: ${messageOf(error)}`, wanted, remedy })
  }
  return needs
}
