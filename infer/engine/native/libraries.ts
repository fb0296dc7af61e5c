/** Which libraries of the GPU are where and of which version; or what is missing, and the command that brings it. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Config } from '../../../config/schema.js'
import { messageOf } from '../../../shared/errors.js'
import { type DriverFacts, driverFindings, lookAtDriver } from './driver.js'
import type { GpuFinding } from './gpu-finding.js'
import { installProvider } from './gpu-remedies.js'
import { LibrarySearch } from './library-search.js'
import { cudaNeeds, type Needs, tensorrtNeeds } from './needs.js'
import { ORT_VERSION } from './ort-calls.js'
import {
  defaultProviderDir,
  lookAtProvider,
  missingFiles,
  providerFiles,
  runtimeFile,
  runtimeVersion,
} from './provider.js'

export interface GpuPlaces {
  dataDir: string
  /** Folder of the provider; empty: what `ringside gpu install` made for the driver’s CUDA. */
  providerDir: string
  /** Folders of CUDA, cuDNN, TensorRT, separated by colons; searched first. */
  libraryPath: string
  env: NodeJS.ProcessEnv
}

export function gpuPlacesOf({ dataDir, infer }: Pick<Config, 'dataDir' | 'infer'>): GpuPlaces {
  return { dataDir, providerDir: infer.gpuProviderDir, libraryPath: infer.gpuLibraryPath, env: process.env }
}

export type GpuLibraries =
  | {
      ready: true
      /** To be loaded by this path: it looks for its providers in its own folder. */
      onnxruntimePath: string
      /** Best first. */
      providers: readonly ('tensorrt' | 'cuda')[]
      cudaMajor: number
      driver: DriverFacts
      cudnn: string
      /** For `preload`: each after what it needs. */
      preload: readonly string[]
      /** What would be better, and is not needed. */
      notes: readonly GpuFinding[]
    }
  | { ready: false; findings: readonly GpuFinding[] }

/** CUDA majors that ONNX Runtime 1.29 has providers for, newest first. */
export const cudaMajors = [13, 12] as const

/**
 * Looks, and loads no more than the driver and cuDNN, which alone know their versions. Changes nothing.
 * @param driver what is known of it; looked at where it is not given.
 */
export function findGpuLibraries(places: GpuPlaces, driver: DriverFacts = lookAtDriver()): GpuLibraries {
  const dead = driverFindings(driver, null)
  if (dead.length > 0) return { ready: false, findings: dead }
  const dir = places.providerDir || chosenDir(places.dataDir, driver)
  const provider = providerOf(dir, driver)
  if ('findings' in provider) return { ready: false, findings: provider.findings }
  const findings = driverFindings(driver, provider.cudaMajor)
  const own = [...places.libraryPath.split(':').filter(Boolean), path.join(places.dataDir, 'gpu/cuda')]
  const search = new LibrarySearch(own, places.env)
  const cuda = cudaNeeds(path.join(dir, providerFiles.cuda), provider.cudaMajor, places.dataDir, search)
  if (findings.length + cuda.findings.length > 0)
    return { ready: false, findings: [...findings, ...cuda.findings] }
  const tensorrt = withTensorrt(dir, search)
  return {
    ready: true,
    onnxruntimePath: path.join(dir, runtimeFile),
    providers: tensorrt.findings.length === 0 ? ['tensorrt', 'cuda'] : ['cuda'],
    cudaMajor: provider.cudaMajor,
    driver,
    cudnn: cuda.cudnn ?? '',
    preload: [...new Set([...cuda.found, ...(tensorrt.findings.length === 0 ? tensorrt.found : [])])],
    notes: [...cuda.notes, ...tensorrt.findings],
  }
}

/** Newest first, of those that the driver can run; where none is there, the one that should be. */
function chosenDir(dataDir: string, { cudaVersion }: DriverFacts): string {
  const runnable = cudaMajors.filter(major => major * 1000 <= (cudaVersion ?? 0))
  const dirs = (runnable.length > 0 ? runnable : cudaMajors).map(major => defaultProviderDir(dataDir, major))
  return dirs.find(dir => existsSync(dir)) ?? (dirs[0] as string)
}

function providerOf(dir: string, driver: DriverFacts): { cudaMajor: number } | { findings: GpuFinding[] } {
  const wanted = `ONNX Runtime ${ORT_VERSION} with its CUDA provider`
  const served = cudaMajors.find(major => major * 1000 <= (driver.cudaVersion ?? 0)) ?? null
  const finding = (name: string, found: string): { findings: GpuFinding[] } => ({
    findings: [{ file: path.join(dir, name), found, wanted, remedy: installProvider(served) }],
  })
  const [missing] = missingFiles(dir)
  if (missing) return finding(missing, 'not installed')
  try {
    const runtime = runtimeVersion(path.join(dir, runtimeFile))
    if (runtime !== ORT_VERSION) return finding(runtimeFile, `version ${runtime ?? 'unknown'}`)
    const { version, cudaMajor } = lookAtProvider(path.join(dir, providerFiles.cuda))
    if (version !== ORT_VERSION) return finding(providerFiles.cuda, `version ${version ?? 'unknown'}`)
    if (cudaMajor === null)
      return finding(providerFiles.cuda, 'it needs no cuBLAS, so it is no CUDA provider')
    return { cudaMajor }
  } catch (error) {
    return finding('', `it cannot be read: ${messageOf(error)}`)
  }
}

function withTensorrt(dir: string, search: LibrarySearch): Needs {
  const file = path.join(dir, providerFiles.tensorrt)
  return tensorrtNeeds(file, search)
}
