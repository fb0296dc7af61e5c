/** `npm run bench [-- --streams 8 --seconds 60 --minutes 10]`: the pipeline against the ceiling of the same machine, in one run. Measures; passes no judgement. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { prepareModel } from '../../infer/model/prepare.js'
import { resolveModel } from '../../infer/model/resolve.js'
import { sleep } from '../../shared/clock.js'
import { type Stages, startStages } from '../tools/stages.js'
import { measureCeiling } from './ceiling.js'
import { encodeClip } from './clip.js'
import { measure, memoryOf } from './measure.js'
import { printReport, type Round } from './report.js'

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '60' },
    minutes: { type: 'string', default: '10' },
    model: { type: 'string', default: 'ringside-nano' },
  },
})
const streams = Number(values.streams)
const seconds = Number(values.seconds)
const ROUNDS = 2
const SETTLE_MS = 10_000
const startedAt = performance.now()
const minute = (n: number): Promise<void> => new Promise(resolve => setTimeout(resolve, n * 60_000))

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-bench-'))
try {
  const clip = encodeClip(dir)
  const modelsDir = process.env.RINGSIDE_MODELS_DIR ?? ''
  const model = await prepareModel({
    ...(await resolveModel(values.model, { modelsDir, dataDir: dir })),
    cacheDir: path.join(dir, 'prepared'),
  })

  const stages = await startStages({
    RINGSIDE_INGEST_ALLOW_FILE_SOURCES: 'true',
    RINGSIDE_MODEL: values.model,
  })
  await stages.ready()
  for (let i = 1; i <= streams; i++) {
    const { status, body } = await stages.api('POST', '/api/v1/streams', {
      id: `bench-${i}`,
      url: `file://${clip}`,
    })
    if (status !== 201) throw new Error(JSON.stringify(body))
  }
  await minute(1)
  const early = memoryOf(stages)
  const rounds: Round[] = []
  // The machine's speed drifts by the minute: each look at the pipeline has its look at the ceiling right behind it.
  for (let round = 0; round < ROUNDS; round++) {
    const measured = await measure(stages, seconds)
    await enable(stages, streams, false)
    const { threads, buckets } = measured.infer
    const ceilings: number[] = []
    for (const bucket of buckets) {
      ceilings.push(
        await measureCeiling({ model, bucket, threads, decoders: streams, clip, seconds: seconds / 3 }),
      )
    }
    rounds.push({ measured, ceilings })
    await enable(stages, streams, true)
    await sleep(SETTLE_MS)
  }
  await minute(Math.max(0, Number(values.minutes) - (performance.now() - startedAt) / 60_000))
  const late = memoryOf(stages)
  await stages.close()
  printReport({ streams, rounds, early, late, minutes: Number(values.minutes) })
} finally {
  fs.rmSync(dir, { recursive: true, force: true })
}

async function enable(stages: Stages, count: number, enabled: boolean): Promise<void> {
  for (let i = 1; i <= count; i++) await stages.api('PATCH', `/api/v1/streams/bench-${i}`, { enabled })
}
