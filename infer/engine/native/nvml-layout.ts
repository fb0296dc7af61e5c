/**
 * What NVML writes into memory, and what it means: sizes and offsets of its structs on x86-64 and arm64, and pure functions that read them.
 * Source: NVIDIA, `nvml.h` of CUDA 12.9 and 13.4, which agree in all of this. Little-endian, natural alignment.
 */
import type { GpuThrottleReason } from '../../../shared/process/gpu-report.js'

/**
 *   nvmlMemory_v2_t        │ version u32 │ pad │ total u64 │ reserved u64 │ free u64 │ used u64 │
 *   nvmlMemory_t           │ total u64 │ free u64 │ used u64, reserved included │
 *   nvmlUtilization_t      │ gpu u32 │ memory u32 │
 *   nvmlTemperature_v1_t   │ version u32 │ sensor u32 │ temperature i32 │
 *   nvmlProcessInfo_v2_t   │ pid u32 │ pad │ usedGpuMemory u64 │ gpuInstanceId u32 │ computeInstanceId u32 │
 */
export const layout = {
  memoryV2: { bytes: 40, total: 8, reserved: 16, free: 24, used: 32 },
  memory: { bytes: 24, total: 0, free: 8, used: 16 },
  utilization: { bytes: 8, gpu: 0, memory: 4 },
  temperature: { bytes: 12, sensor: 4, temperature: 8 },
  processInfo: { bytes: 24, pid: 0, used: 8, gpuInstance: 16, computeInstance: 20 },
  pciInfo: { bytes: 68, busId: 36, busIdBytes: 32 },
} as const

/** `NVML_VALUE_NOT_AVAILABLE` in a u64. */
const NOT_AVAILABLE = 0xffff_ffff_ffff_ffffn

export interface NvmlMemory {
  totalBytes: number
  /** Of processes; with the driver's own where `reservedBytes` is null. */
  usedBytes: number
  freeBytes: number
  reservedBytes: number | null
}

export interface NvmlProcess {
  pid: number
  /** null where the driver does not tell. */
  usedBytes: number | null
}

/** The first field of a versioned struct: `NVML_STRUCT_VERSION(data, ver)`. */
export function structVersion(bytes: number, version: number): number {
  return (bytes | (version << 24)) >>> 0
}

export function memoryV2Of(struct: Uint8Array): NvmlMemory {
  const { total, reserved, free, used } = layout.memoryV2
  return {
    totalBytes: u64(struct, total),
    usedBytes: u64(struct, used),
    freeBytes: u64(struct, free),
    reservedBytes: u64(struct, reserved),
  }
}

export function memoryOf(struct: Uint8Array): NvmlMemory {
  const { total, free, used } = layout.memory
  return {
    totalBytes: u64(struct, total),
    usedBytes: u64(struct, used),
    freeBytes: u64(struct, free),
    reservedBytes: null,
  }
}

/** Shares of the sample period, 0 … 1. */
export function utilizationOf(struct: Uint8Array): { smBusy: number; memoryBusy: number } {
  const view = viewOf(struct)
  return {
    smBusy: view.getUint32(layout.utilization.gpu, true) / 100,
    memoryBusy: view.getUint32(layout.utilization.memory, true) / 100,
  }
}

export function celsiusOf(struct: Uint8Array): number {
  return viewOf(struct).getInt32(layout.temperature.temperature, true)
}

/** One entry a pid: with MIG or several contexts a process may be listed more than once. */
export function processesOf(list: Uint8Array, count: number): NvmlProcess[] {
  const { bytes, pid, used } = layout.processInfo
  const byPid = new Map<number, NvmlProcess>()
  for (let i = 0; i < count; i++) {
    const struct = list.subarray(i * bytes, (i + 1) * bytes)
    const id = viewOf(struct).getUint32(pid, true)
    const told = viewOf(struct).getBigUint64(used, true)
    const before = byPid.get(id)?.usedBytes ?? null
    const usedBytes = told === NOT_AVAILABLE ? before : (before ?? 0) + Number(told)
    byPid.set(id, { pid: id, usedBytes })
  }
  return [...byPid.values()]
}

/** Bit of `nvmlClocksEventReasons` → word. */
const throttleBits: readonly [bit: bigint, reason: GpuThrottleReason][] = [
  [0x001n, 'idle'],
  [0x002n, 'application_clocks'],
  [0x004n, 'power_cap'],
  [0x008n, 'hardware_slowdown'],
  [0x010n, 'sync_boost'],
  [0x020n, 'software_thermal'],
  [0x040n, 'hardware_thermal'],
  [0x080n, 'power_brake'],
  [0x100n, 'display_clocks'],
  [0x200n, 'board_limit'],
  [0x400n, 'reliability'],
]

/** Bits that a newer driver adds are left out. */
export function throttleReasonsOf(mask: bigint): GpuThrottleReason[] {
  return throttleBits.filter(([bit]) => (mask & bit) !== 0n).map(([, reason]) => reason)
}

/** A C string in a buffer; all of it where no zero ends it. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8')
}

/** Exact below 2⁵³ bytes: 8 PiB. */
function u64(struct: Uint8Array, offset: number): number {
  return Number(viewOf(struct).getBigUint64(offset, true))
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
