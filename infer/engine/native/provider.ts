/** The GPU provider of ONNX Runtime: which files it is made of, and what an installed one is, told from its own bytes. */
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { readElf } from './elf.js'
import { ElfFile } from './elf-file.js'
import { ORT_VERSION } from './ort-calls.js'

/** ONNX Runtime opens these from the folder of its own library, by name; the first is what both others need. */
export const providerFiles = {
  shared: 'libonnxruntime_providers_shared.so',
  cuda: 'libonnxruntime_providers_cuda.so',
  tensorrt: 'libonnxruntime_providers_tensorrt.so',
} as const

export const runtimeFile = 'libonnxruntime.so.1'

/** Opened by name when a convolution is first met, not linked (ONNX Runtime 1.29, `cudnn_loader.cc`). */
export const CUDNN = 'libcudnn.so.9'

/** What `ringside gpu install` makes, below the data folder. */
export function defaultProviderDir(dataDir: string, cudaMajor: number): string {
  return path.join(dataDir, 'gpu', `ort-${ORT_VERSION}-cuda${cudaMajor}`)
}

/** The ONNX Runtime that comes with `onnxruntime-node`: the CPU engine’s, and the one that a provider folder holds a copy of. */
export function shippedRuntime(): string {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node/package.json')
  return path.join(path.dirname(main), 'bin/napi-v6/linux', process.arch, runtimeFile)
}

/** "1.29.0", from the version that the library gives its symbols; null where it names none. Nothing is loaded. */
export function runtimeVersion(file: string): string | null {
  return (
    readElf(file).defines.flatMap(version => /^VERS_(\d+\.\d+\.\d+)$/.exec(version)?.[1] ?? [])[0] ?? null
  )
}

export interface ProviderFacts {
  /** Of the ONNX Runtime that it was built with; null where its bytes name none, or several. */
  version: string | null
  /** Of the CUDA that it was built for; null where it needs none. */
  cudaMajor: number | null
}

/**
 * Reads the CUDA provider’s own bytes. It exports no version, but names its ONNX Runtime in its constants: exactly one
 * text there has the form of a version (seen in 1.19.2 and in two builds of 1.29.0).
 */
export function lookAtProvider(file: string): ProviderFacts {
  const cublas = readElf(file).needed.flatMap(name => /^libcublas\.so\.(\d+)$/.exec(name)?.[1] ?? [])[0]
  return { version: versionInConstants(file), cudaMajor: cublas === undefined ? null : Number(cublas) }
}

function versionInConstants(file: string): string | null {
  const constants = ElfFile.use(file, elf => elf.section('.rodata'))
  const found = constants?.toString('latin1').matchAll(/\0(1\.\d{1,3}\.\d{1,3})(?=\0)/g) ?? []
  const versions = new Set([...found].map(([, version]) => version))
  const [only] = versions
  return versions.size === 1 && only !== undefined ? only : null
}

/** Which of the provider’s files the folder lacks. */
export function missingFiles(dir: string): string[] {
  return [runtimeFile, providerFiles.shared, providerFiles.cuda].filter(
    name => !fs.existsSync(path.join(dir, name)),
  )
}
