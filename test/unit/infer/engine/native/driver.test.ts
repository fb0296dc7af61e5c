/** What is said of a driver, by what was seen of it; and this machine's own, whatever it is. */
import { describe, expect, it } from 'vitest'
import {
  type DriverFacts,
  driverFindings,
  hasGpu,
  lookAtDriver,
  shownCuda,
} from '../../../../../infer/engine/native/driver.js'

const usable: DriverFacts = {
  state: 'usable',
  code: null,
  message: '',
  cudaVersion: 13_000,
  devices: 1,
  version: '580.65.06',
  pciDevices: 1,
  inContainer: false,
}
const missing: DriverFacts = {
  ...usable,
  state: 'missing',
  message: 'libcuda.so.1 cannot be opened',
  cudaVersion: null,
  devices: 0,
  version: null,
}
const failed = (code: number): DriverFacts => ({
  ...missing,
  state: 'failed',
  code,
  message: `cuInit: error ${code}`,
  version: '550.54.14',
})
const remedy = (facts: DriverFacts, cudaMajor: number | null = null): string =>
  driverFindings(facts, cudaMajor)
    .map(finding => finding.remedy)
    .join()

describe('a driver', () => {
  it('that serves the provider’s CUDA has nothing said of it', () => {
    expect(driverFindings(usable, null)).toEqual([])
    expect(driverFindings(usable, 13)).toEqual([])
    expect(driverFindings({ ...usable, cudaVersion: 13_020 }, 12)).toEqual([])
  })

  it('that is older than the provider’s CUDA is told to have the other provider, or to be renewed', () => {
    const old = { ...usable, cudaVersion: 12_080, version: '570.86.10' }
    const [finding] = driverFindings(old, 13)
    expect(finding).toMatchObject({
      file: 'libcuda.so.1',
      found: 'driver 570.86.10, which serves CUDA 12.8 at most',
      wanted: expect.stringContaining('580.65.06 or later'),
      remedy: expect.stringContaining('ringside gpu install --cuda 12'),
    })
  })

  it('that is missing is installed on a host, and passed to a container', () => {
    expect(remedy(missing)).toContain('apt-get install nvidia-driver')
    expect(remedy({ ...missing, inContainer: true })).toContain('--gpus all')
    expect(remedy({ ...missing, pciDevices: 0, version: '580.65.06', inContainer: true })).toContain('--gpus')
  })

  it('is not missed where there is no GPU', () => {
    const none = { ...missing, pciDevices: 0 }
    expect(hasGpu(none)).toBe(false)
    expect(remedy(none)).toContain('infer.engine auto or onnxruntime runs models on the CPU')
    expect(hasGpu(missing) && hasGpu(usable) && hasGpu(failed(999))).toBe(true)
  })

  it.each([
    [100, 'CUDA_VISIBLE_DEVICES'],
    [802, 'nvidia-fabricmanager'],
    [803, 'reboot'],
    [804, 'cuda-compat'],
    [999, 'nvidia-modprobe'],
    [12_345, 'nvidia-smi'],
  ])('that fails with %i is mended with %s', (code, words) => {
    const [finding] = driverFindings(failed(code), 13)
    expect(finding?.found).toBe(`driver 550.54.14: cuInit: error ${code}`)
    expect(finding?.remedy).toContain(words)
  })

  it('that serves no device hides them, or was given none', () => {
    expect(remedy({ ...usable, devices: 0 })).toContain('CUDA_VISIBLE_DEVICES')
    expect(remedy({ ...usable, devices: 0, inContainer: true })).toContain('--gpus all')
  })

  it('of this machine is looked at without harm', () => {
    const facts = lookAtDriver()
    expect(['usable', 'failed', 'missing']).toContain(facts.state)
    expect(facts.state === 'usable').toBe(facts.cudaVersion !== null)
  })
})

it('shows CUDA’s version as people write it', () => {
  expect([12_080, 13_000, 13_010].map(shownCuda)).toEqual(['12.8', '13.0', '13.1'])
})
