/** The builds of the CUDA provider that may be installed, each with the digests that hold it to be that build. */
import { ORT_VERSION } from '../../infer/engine/native/ort-calls.js'
import { providerFiles } from '../../infer/engine/native/provider.js'

export interface FileDigest {
  /** Hex. */
  sha256: string
  bytes: number
}

export interface Edition {
  id: string
  cudaMajor: 12 | 13
  /** What it is, for people. */
  title: string
  /** How it is fetched; null: only taken from a folder that somebody brings. */
  source: { npm: string } | { address: string } | null
  /** SHA-256 of its archive, in hex; null where no archive of it is read. */
  archive: string | null
  /** Bytes of that archive; null where nobody states them. */
  archiveBytes: number | null
  /** Its files; null where only the archive’s digest is known. */
  files: Readonly<Record<string, FileDigest>> | null
}

const release = `https://github.com/microsoft/onnxruntime/releases/download/v${ORT_VERSION}`

/**
 * The first of a CUDA major is the one that is fetched. Digests with files were taken from the package itself, when it
 * was tried; those of the release’s archives are the ones that its page states for its assets.
 */
export const editions: readonly Edition[] = [
  {
    id: 'npm-cuda13',
    cudaMajor: 13,
    title: 'npm package com.github.asus4.onnxruntime.linux-x64-gpu 0.4.9',
    source: { npm: 'com.github.asus4.onnxruntime.linux-x64-gpu@0.4.9' },
    archive: '2b459e0c17f340c92970c10ed86de4f37a3009f93c14053e6ad4334cbb6be412',
    archiveBytes: 179_145_956,
    files: files(
      ['c6a12593396095f5670160e284c35d1700b7708cf3037b7042e2a5200ccae772', 14_632],
      ['56cf3254b118ad837ccc4ed8f6d1b23504bbf7ef91b34cbc0b289cb7f10b3037', 229_780_440],
      ['ef6071798a339038ad66c428fb1a809cf8e499bffc3b6870e4e8bc4f4c6a6320', 859_144],
    ),
  },
  {
    id: 'pip-cuda13',
    cudaMajor: 13,
    title: `Python wheel onnxruntime-gpu ${ORT_VERSION}, unpacked`,
    source: null,
    archive: null,
    archiveBytes: null,
    files: files(
      ['086ec1d5388f64153d9c63470d126693db9a182c8ce236d3a1119068471b8a0d', 14_632],
      ['833d827e5de8030e541ccf6345f1a3e07c53ae9f3302930a1273035dd665e969', 229_780_440],
      ['745e2d951cbe05dc3684fac338f19fe8e0801d26908b516f83404f7185148f3a', 768_984],
    ),
  },
  {
    id: 'release-cuda12',
    cudaMajor: 12,
    title: `ONNX Runtime’s own release ${ORT_VERSION} for CUDA 12`,
    source: { address: `${release}/onnxruntime-linux-x64-gpu_cuda12-${ORT_VERSION}.tgz` },
    archive: '4ca594a0da83927befbd73fe020d7f569be151d70bb4fe9741ad405f4882e2ad',
    archiveBytes: null,
    files: null,
  },
  {
    id: 'release-cuda13',
    cudaMajor: 13,
    title: `ONNX Runtime’s own release ${ORT_VERSION} for CUDA 13`,
    source: { address: `${release}/onnxruntime-linux-x64-gpu_cuda13-${ORT_VERSION}.tgz` },
    archive: '844c64acfc43ab9423215c26493055ea229268e28283146cc644ecef0bdae048',
    archiveBytes: null,
    files: null,
  },
]

export type CudaMajor = Edition['cudaMajor']

/** The one that is fetched for this CUDA. */
export function fetchedEdition(cudaMajor: CudaMajor): Edition {
  return editions.find(edition => edition.cudaMajor === cudaMajor && edition.source !== null) as Edition
}

function files(
  ...digests: [shared: [string, number], cuda: [string, number], tensorrt: [string, number]]
): Record<string, FileDigest> {
  const names = Object.values(providerFiles)
  return Object.fromEntries(digests.map(([sha256, bytes], index) => [names[index], { sha256, bytes }]))
}
