/** What infer reports of a GPU and of an engine on it: material for tests that stand in for infer. */
import type { GpuReport } from '../../shared/process/gpu-report.js'
import type { ArenaReport, HostedEngineReport } from '../../shared/process/report.js'

const GIB = 2 ** 30

export function gpuReport(change: Partial<GpuReport> = {}): GpuReport {
  return {
    name: 'NVIDIA H200',
    uuid: 'GPU-00000000-1111-2222-3333-444444444444',
    pciBusId: '00000000:1B:00.0',
    driver: '580.95.05',
    atMs: Date.now(),
    totalBytes: 140 * GIB,
    usedBytes: 35 * GIB,
    freeBytes: 105 * GIB,
    reservedBytes: 627 * 2 ** 20,
    processBytes: 5 * GIB,
    processes: [
      { pid: 4711, usedBytes: 5 * GIB, own: true },
      { pid: 815, usedBytes: null, own: false },
    ],
    smBusy: 0.87,
    memoryBusy: 0.31,
    decoderBusy: 0.42,
    encoderBusy: 0,
    pcieRxBytesPerSecond: 12.5 * GIB,
    pcieTxBytesPerSecond: 2 ** 20,
    powerWatts: 412.3,
    powerLimitWatts: 700,
    temperatureCelsius: 61,
    smClockMhz: 1980,
    memoryClockMhz: 3201,
    videoClockMhz: 1545,
    throttleReasons: ['power_cap'],
    ...change,
  }
}

export function arenaReport(change: Partial<ArenaReport> = {}): ArenaReport {
  return {
    arenaInUseBytes: 472 * 2 ** 20,
    arenaMaxInUseBytes: 500 * 2 ** 20,
    arenaReservedBytes: 836 * 2 ** 20,
    arenaLimitBytes: 4 * GIB,
    allocationsAfterWarmUp: 0,
    outOfMemory: 0,
    ...change,
  }
}

export function cudaEngine(change: Partial<HostedEngineReport> = {}): HostedEngineReport {
  return {
    provider: 'cuda',
    maxInFlight: 2,
    deviceBytes: 1300 * 2 ** 20,
    refusedBuckets: [],
    arena: arenaReport(),
    ...change,
  }
}
