/** Where no FFmpeg is installed, the one that npm brings decodes: old, and said to be. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Camera, startCamera } from '../tools/gst-camera.js'
import { type IngestStage, startIngestStage } from '../tools/ingest-stage.js'

let stage: IngestStage
let camera: Camera

afterEach(async () => {
  await stage.close()
  await camera.kill()
})

describe('ingest', () => {
  it('decodes with the bundled FFmpeg of 2018 too, and warns of it', async () => {
    const tools = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-path-'))
    fs.symlinkSync('/usr/bin/setpriv', path.join(tools, 'setpriv'))
    stage = await startIngestStage({ PATH: tools }, 'ffmpeg')
    camera = await startCamera()
    await stage.register('old', camera.url, { fps: 10 })
    expect((await stage.untilFrames('old', 20, 10_000)).filter(frame => frame.torn)).toEqual([])
    expect((await stage.untilState('old', 'live', 100)).source).toMatchObject({ codec: 'h264', widthPx: 320 })
    expect(stage.log()).toContain('bundled one is used')
    fs.rmSync(tools, { recursive: true })
  })
})
