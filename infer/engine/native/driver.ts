/** The NVIDIA driver of this machine: what the system shows of it, and what it says itself when it is started. */
import fs from 'node:fs'
import path from 'node:path'
import { messageOf } from '../../../shared/errors.js'
import { CudaError, loadCudaDriver } from './cuda.js'
import type { GpuFinding } from './gpu-finding.js'
import { driverWanted, installDriver, installProvider, passGpu } from './gpu-remedies.js'

export interface DriverFacts {
  /** What the driver did when it was started: `usable`, an error of its own, or no library to start. */
  state: 'usable' | 'failed' | 'missing'
  /** Code of the error (`CUresult` of cuda.h), and what it says; of `failed`. */
  code: number | null
  message: string
  /** Newest CUDA that the driver serves, as 1000 · major + 10 · minor; null where it was not started. */
  cudaVersion: number | null
  devices: number
  /** Version of the driver, such as `580.65.06`: of the kernel’s part, else as its library’s file name tells. */
  version: string | null
  /** NVIDIA devices on the PCI bus, driver or not. */
  pciDevices: number
  inContainer: boolean
}

/** Starts the driver in this process (`cuInit`); it stays, and does no harm where it is not used. */
export function lookAtDriver(): DriverFacts {
  const system = { version: kernelDriver(), pciDevices: nvidiaOnPci(), inContainer: isContainer() }
  const none = { code: null, cudaVersion: null, devices: 0, ...system }
  try {
    const driver = loadCudaDriver()
    const { version: cudaVersion } = driver
    return { ...none, state: 'usable', message: '', cudaVersion, devices: driver.deviceCount() }
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined
    const message = messageOf(cause ?? error)
    return cause instanceof CudaError
      ? { ...none, state: 'failed', code: cause.code, message }
      : { ...none, state: 'missing', message }
  }
}

/**
 * What keeps the driver from serving a provider of this CUDA.
 * @param cudaMajor of the provider that is installed; null where there is none yet.
 */
export function driverFindings(facts: DriverFacts, cudaMajor: number | null): GpuFinding[] {
  const wanted = cudaMajor === null ? 'an NVIDIA driver' : driverWanted(cudaMajor)
  if (facts.state === 'missing') return [missing(facts, wanted)]
  if (facts.state === 'failed') return [failed(facts, wanted)]
  if (facts.devices === 0)
    return [
      {
        file: '/dev/nvidia0',
        found: `the driver ${facts.version ?? ''} serves no device`,
        wanted: 'a GPU that this process may use',
        remedy: facts.inContainer
          ? passGpu
          : 'Look at `nvidia-smi -L`, and at CUDA_VISIBLE_DEVICES, which hides devices.',
      },
    ]
  const serves = facts.cudaVersion ?? 0
  if (cudaMajor === null || serves >= cudaMajor * 1000) return []
  return [
    {
      file: 'libcuda.so.1',
      found: `driver ${facts.version ?? 'of no known version'}, which serves CUDA ${shownCuda(serves)} at most`,
      wanted,
      remedy: `${installProvider(Math.floor(serves / 1000))}, or install a newer driver.`,
    },
  ]
}

/** Whether there is a GPU of NVIDIA at all: without one, nothing is missing. */
export function hasGpu({ state, pciDevices, version }: DriverFacts): boolean {
  // A kernel driver without its library is a container that was not given it.
  return state !== 'missing' || pciDevices > 0 || version !== null
}

/** "13.0" */
export function shownCuda(version: number): string {
  return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`
}

function missing(facts: DriverFacts, wanted: string): GpuFinding {
  const { pciDevices, inContainer, version, message } = facts
  const file = 'libcuda.so.1'
  if (!hasGpu(facts))
    return {
      file,
      found: 'no NVIDIA GPU on this machine',
      wanted,
      remedy: 'None on this machine: infer.engine auto or onnxruntime runs models on the CPU.',
    }
  const seen = version ? `the kernel has driver ${version}` : `${pciDevices} NVIDIA device(s) on the PCI bus`
  return { file, found: `${seen}, but ${message}`, wanted, remedy: inContainer ? passGpu : installDriver }
}

/** What the commoner errors of `cuInit` come from (CUDA Driver API, `CUresult`). */
const remedies: Record<number, string> = {
  100: 'No GPU is visible: look at `nvidia-smi -L`, and at CUDA_VISIBLE_DEVICES, which hides devices.',
  802: 'The GPUs’ fabric is not ready: sudo systemctl start nvidia-fabricmanager',
  803: 'The library is of another version than the kernel’s driver: reboot, or reinstall the driver; in a container, start it again.',
  804: 'The CUDA compatibility package is for other GPUs: remove cuda-compat, or install a newer driver.',
  999: 'The kernel’s modules are not ready: sudo nvidia-modprobe -u -c=0, then `nvidia-smi`; `dmesg | grep -i nvrm` says more.',
}

function failed({ code, message, version, inContainer }: DriverFacts, wanted: string): GpuFinding {
  const known = remedies[code ?? -1]
  return {
    file: 'libcuda.so.1',
    found: `driver ${version ?? 'of no known version'}: ${message}`,
    wanted,
    remedy: known ?? (inContainer ? passGpu : 'Run nvidia-smi: it shows what the driver complains of.'),
  }
}

function kernelDriver(): string | null {
  return /NVIDIA.*?\s(\d+\.\d+(?:\.\d+)?)\s/.exec(textOf('/proc/driver/nvidia/version'))?.[1] ?? null
}

const PCI = '/sys/bus/pci/devices'
const NVIDIA_VENDOR = '0x10de'
/** Display controllers: VGA and 3D. NVIDIA makes sound and bridges too. */
const DISPLAY_CLASS = '0x03'

function nvidiaOnPci(): number {
  if (!fs.existsSync(PCI)) return 0
  return fs
    .readdirSync(PCI)
    .map(device => path.join(PCI, device))
    .filter(device => textOf(path.join(device, 'vendor')).trim() === NVIDIA_VENDOR)
    .filter(device => textOf(path.join(device, 'class')).startsWith(DISPLAY_CLASS)).length
}

function isContainer(): boolean {
  return fs.existsSync('/.dockerenv') || fs.existsSync('/run/.containerenv')
}

/** Empty where there is no such file: that is what it is asked for. */
function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
