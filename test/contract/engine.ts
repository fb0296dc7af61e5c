/** What every engine promises. A new engine passes this suite, or it is none. */
import { createHash } from 'node:crypto'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine, EngineInfo } from '../../infer/engine/engine.js'
import { prepareModel } from '../../infer/model/prepare.js'
import type { PreparedModel } from '../../infer/model/prepared-model.js'
import { shippedModel } from '../../infer/model/resolve.js'
import { createTempSlab, type TempSlab } from '../tools/temp-slab.js'

const buckets = [1, 2, 4]

export function engineContract(name: string, create: () => Engine): void {
  describe(`engine contract: ${name}`, () => {
    let model: PreparedModel
    let temp: TempSlab
    let engine: Engine
    let info: EngineInfo

    beforeAll(async () => {
      model = await prepareModel({
        ...shippedModel,
        device: name === 'cuda' ? 'gpu' : 'cpu',
        cacheDir: path.join(os.tmpdir(), 'ringside-test-models'),
      })
      temp = createTempSlab({ slotCount: 6, rowCount: 1, widthPx: model.widthPx, heightPx: model.heightPx })
      for (let slot = 0; slot < 6; slot++) paint(temp.slab.pixels(slot), slot)
      engine = create()
      info = await engine.load(model, temp.path, { buckets, threads: 1 })
    })
    afterAll(async () => {
      await engine.close()
      temp.close()
    })

    const run = (bucket: number, slots: number[], onUploaded = (): void => undefined) =>
      engine.run({ bucket, slots }, onUploaded)

    it('knows itself, and how long each bucket takes', () => {
      expect(info.engine).toBe(name)
      expect(info.device.length).toBeGreaterThan(0)
      expect([...info.runMs.keys()]).toEqual(buckets)
      for (const ms of info.runMs.values()) expect(ms).toBeGreaterThan(0)
    })

    it('gives [slots, candidates, 6] in the order of the slots, by score, descending', async () => {
      const { candidates, inferMs } = await run(4, [2, 0, 1])
      const perFrame = model.maxCandidates * 6
      expect(candidates.length).toBe(3 * perFrame)
      expect(inferMs).toBeGreaterThan(0)
      for (let frame = 0; frame < 3; frame++) {
        const scores = Array.from(
          { length: model.maxCandidates },
          (_, i) => candidates[frame * perFrame + i * 6 + 4]!,
        )
        expect(scores).toEqual([...scores].sort((a, b) => b - a))
      }
      const [two, zero] = await Promise.all([run(1, [2]), run(1, [0])])
      expectClose(candidates.subarray(0, perFrame), two.candidates)
      expectClose(candidates.subarray(perFrame, 2 * perFrame), zero.candidates)
    })

    it('gives a frame the same result in any bucket, beside any company, padded or not', async () => {
      const alone = await run(1, [3])
      for (const [bucket, slots] of [
        [2, [3]],
        [2, [3, 4]],
        [4, [3, 1, 5]],
      ] as const) {
        const { candidates } = await run(bucket, [...slots])
        expectClose(candidates.subarray(0, model.maxCandidates * 6), alone.candidates)
      }
    })

    it('reads no slot after it said that it uploaded', async () => {
      const before = await run(1, [4])
      const kept = Uint8Array.from(temp.slab.pixels(4))
      const during = await run(1, [4], () => temp.slab.pixels(4).fill(0))
      temp.slab.pixels(4).set(kept)
      expectClose(during.candidates, before.candidates)
    })

    it('says that it uploaded once, before the result', async () => {
      const said: string[] = []
      await run(2, [0, 1], () => said.push('uploaded')).then(() => said.push('result'))
      expect(said).toEqual(['uploaded', 'result'])
    })

    it('takes a second batch while the first runs, and keeps their order', async () => {
      const ended: number[] = []
      await Promise.all([1, 2, 3].map(i => run(1, [i]).then(() => ended.push(i))))
      expect(ended).toEqual([1, 2, 3])
    })

    it('refuses a bucket it has not', async () => {
      await expect(run(3, [0])).rejects.toMatchObject({ code: 'engine_failed' })
    })

    it('refuses a model that is none', async () => {
      const broken = create()
      await expect(
        broken.load({ ...model, file: path.join(os.tmpdir(), 'no-such.onnx') }, temp.path, {
          buckets,
          threads: 1,
        }),
      ).rejects.toMatchObject({ code: 'engine_failed' })
      await broken.close()
    })

    it('closes twice, and then refuses to run', async () => {
      const other = create()
      await other.load(model, temp.path, { buckets: [1], threads: 1 })
      const underWay = expect(other.run({ bucket: 1, slots: [0] }, () => undefined)).rejects.toMatchObject({
        code: 'engine_failed',
      })
      await other.close()
      await other.close()
      await underWay
      await expect(other.run({ bucket: 1, slots: [0] }, () => undefined)).rejects.toMatchObject({
        code: 'engine_failed',
      })
    })
  })
}

/** Different, repeatable pixels for each slot: blocks of grey whose edges a detector reacts to. */
function paint(pixels: Uint8Array, slot: number): void {
  const seed = createHash('sha256').update(String(slot)).digest()
  pixels.forEach((_, i) => {
    pixels[i] = seed[(i >> 9) % seed.length]! ^ (i & 31)
  })
}

/** Float32 sums may differ in their last bits between batch sizes; candidates of equal score may then change places. */
function expectClose(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length)
  const best = (values: Float32Array): number[] => Array.from({ length: 10 }, (_, i) => values[i * 6 + 4]!)
  for (const [i, score] of best(actual).entries()) expect(score).toBeCloseTo(best(expected)[i]!, 4)
}
