import { describe, expect, it } from 'vitest'
import { agreement } from '../../bench/gpu/agreement.js'
import { parseSmi } from '../../bench/gpu/nvidia-smi.js'
import { gpuReport } from '../../tools/gpu-reports.js'

const fields = [
  'name',
  'uuid',
  'pci.bus_id',
  'driver_version',
  'memory.total',
  'memory.used',
  'utilization.gpu',
  'utilization.decoder',
  'power.draw',
  'clocks.sm',
]
const line =
  'NVIDIA H200, GPU-00000000-1111-2222-3333-444444444444, 00000000:1B:00.0, 580.95.05, 143360, 35841, 80, [N/A], 405.12, 1980\n'
const ours = gpuReport({ decoderBusy: null })
const disagreeing = (change: Parameters<typeof gpuReport>[0]): string[] =>
  agreement({ ...ours, ...change }, parseSmi(fields, line), { ...ours, ...change })
    .filter(({ passed }) => !passed)
    .map(({ name }) => name)

describe('nvidia-smi as a second witness', () => {
  it('is read in the units of our reports', () => {
    expect(parseSmi(fields, line)).toEqual({
      names: {
        name: 'NVIDIA H200',
        uuid: 'GPU-00000000-1111-2222-3333-444444444444',
        pciBusId: '00000000:1B:00.0',
        driver: '580.95.05',
      },
      figures: {
        totalBytes: 140 * 2 ** 30,
        usedBytes: 35_841 * 2 ** 20,
        smBusy: 0.8,
        decoderBusy: null,
        powerWatts: 405.12,
        smClockMhz: 1980,
      },
    })
    expect(() => parseSmi(fields, 'one, two')).toThrow(/2 of 10 values/)
  })

  it('agrees where figures moved a little', () => {
    expect(disagreeing({})).toEqual([])
  })

  it('disagrees where a figure is of another field, another unit, another GPU, or missing', () => {
    expect(disagreeing({ usedBytes: 105 * 2 ** 30 })).toEqual(['usedBytes agrees'])
    expect(disagreeing({ smBusy: 87 })).toEqual(['smBusy agrees'])
    expect(disagreeing({ powerWatts: 412_300 })).toEqual(['powerWatts agrees'])
    expect(disagreeing({ uuid: 'GPU-1' })).toEqual(['uuid agrees'])
    expect(disagreeing({ smClockMhz: null })).toEqual(['smClockMhz agrees'])
    expect(disagreeing({ decoderBusy: 0.5 })).toEqual(['decoderBusy agrees'])
  })
})
