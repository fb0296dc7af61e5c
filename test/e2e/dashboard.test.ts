/** The dashboard in a real Chromium against the real publish process, with the data of the contract fed through a real Redis. */
import fs from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Box, Detection } from '../../shared/detection/message.js'
import type { ProbeResult } from '../../shared/redis/control-queue.js'
import {
  chromiumPath,
  launchBrowser,
  setVisibility,
  type TestBrowser,
  type WatchedPage,
} from '../tools/browser.js'
import { FedPublish, type FrameTold, TOKEN } from '../tools/fed-publish.js'
import { expectBox, expectPicture, frameSize, jpeg } from '../tools/live-canvas.js'
import { expectText } from '../tools/page-text.js'
import { balance } from '../tools/stage-reports.js'

const hasChromium = fs.existsSync(chromiumPath)
const name = hasChromium
  ? 'dashboard'
  : `dashboard (skipped: no Chromium at ${chromiumPath}; set CHROMIUM_PATH)`
const SOURCE = { widthPx: 1280, heightPx: 960, codec: 'h264', fps: 25 }
const GREY = { r: 60, g: 60, b: 60 }
const BLUE = { r: 20, g: 30, b: 200 }

describe.skipIf(!hasChromium)(name, () => {
  let server: FedPublish
  let browser: TestBrowser
  let desk: WatchedPage
  let page: Page
  let seq = 0

  beforeAll(async () => {
    server = await FedPublish.start()
    const frames = balance(
      { received: 1000, inferred: 950, inFlight: 2 },
      { ring_overwrite: 40, stale_ref: 8 },
    )
    await server.addStream(
      'gate',
      { state: 'live', sinceMs: Date.now() - 180_000, source: SOURCE, receivedFps: 25 },
      { balance: frames, inferredFps: 24.4, lagP50Ms: 31, lagP99Ms: 60, detectionsLast: 3 },
    )
    const reason = { code: 'unauthorized', text: 'The camera refused the user name or password.' } as const
    await server.addStream('yard', { state: 'failed', reason, sinceMs: Date.now() - 5000 })
    browser = await launchBrowser()
    desk = await browser.open()
    page = desk.page
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  const nextFrame = (): FrameTold => ({ stream: 'gate', epoch: 7, seq: ++seq, ...frameSize })
  const shownSeq = (): Promise<number> => page.locator('canvas').getAttribute('data-seq').then(Number)

  it('asks for the token, and lets in whoever has it', async () => {
    await page.goto(`${server.url}/?token=${TOKEN}`)
    await page.getByRole('heading', { name: 'Streams' }).waitFor()
    expect(page.url()).not.toContain(TOKEN)
    await page.reload()
    await page.getByRole('heading', { name: 'Streams' }).waitFor()
  })

  it('tells the state of each stream in words, with its counters', async () => {
    const gate = page.locator('[data-stream=gate]')
    await expectText(gate, /Live.*1280 × 960 · H\.264 · 25 fps.*Live for 3 min.*25\.0 fps.*24\.4 fps.*31 ms/s)
    await expectText(gate, /48 of 1,000 frames dropped/)
    await gate.locator('summary').click()
    expect(await gate.locator('[data-drop=ring_overwrite] td').textContent()).toBe('40')
    expect(await gate.locator('[data-drop=stale_ref] td').textContent()).toBe('8')
    const yard = page.locator('[data-stream=yard]')
    await expectText(yard, /Failed.*refused the user name or password.*Failed for/s)
    expect(await page.locator('main').textContent()).not.toContain('hunter2')
  })

  it('draws boxes over the very frame they belong to, whichever of the two comes first', async () => {
    await page.getByRole('link', { name: 'Open gate live' }).click()
    await expect.poll(() => server.isWatched('gate'), { timeout: 5000 }).toBe(true)
    const box: Box = [320, 240, 640, 720]
    await showFirstFrame(box)
    await expectBox(page, box, 2)
    const second = nextFrame()
    const other: Box = [800, 120, 1200, 480]
    await server.tellDetections(second, [detection(other, 0, 0.9)])
    await server.tellPicture(second, await jpeg(GREY))
    await expect.poll(shownSeq).toBe(second.seq)
    await expectBox(page, other, 0)
    await expectPicture(page, [320, 480], GREY)
  })

  it('never draws boxes over a picture of another frame', async () => {
    const before = await shownSeq()
    const pictured = nextFrame()
    const detected = nextFrame()
    await server.tellPicture(pictured, await jpeg(BLUE))
    await server.tellDetections(detected, [detection([100, 100, 500, 500], 1, 0.9)])
    await page.getByText('1 bicycle').first().waitFor() // the detections have arrived
    await page.waitForTimeout(300)
    expect(await shownSeq()).toBe(before)
    await expectPicture(page, [100, 300], GREY)
    await server.tellDetections(pictured, [detection([600, 500, 1000, 900], 2, 0.8)])
    await expect.poll(shownSeq).toBe(pictured.seq)
    await expectBox(page, [600, 500, 1000, 900], 2)
    await expectPicture(page, [100, 300], BLUE)
  })

  it('filters by class and score, on the frame at hand', async () => {
    await page.getByRole('button', { name: /^car/ }).click()
    await expectPicture(page, [600, 700], BLUE)
    await page.getByRole('button', { name: /^car/ }).click()
    await expectBox(page, [600, 500, 1000, 900], 2)
    await page.getByLabel('Minimum score').fill('85')
    await expectPicture(page, [600, 700], BLUE)
    await page.getByLabel('Minimum score').fill('0')
  })

  it('tells where the time of a frame went, and that every frame is accounted for', async () => {
    await expectText(page.locator('main'), /Decode\s*8\.0 ms.*Queue\s*2\.0 ms.*Infer\s*12 ms/s)
    await expectText(page.locator('main'), /Frames accounted for.*Balanced.*Overwritten\s*40/s)
  })

  it('wants no pictures while the page is hidden', async () => {
    await setVisibility(page, 'hidden')
    await expect.poll(() => server.isWatched('gate'), { timeout: 5000 }).toBe(false)
    await setVisibility(page, 'visible')
    await expect.poll(() => server.isWatched('gate'), { timeout: 5000 }).toBe(true)
  })

  it('releases the pictures when it leaves the view', async () => {
    await page.getByRole('link', { name: 'All streams', exact: true }).click()
    await expect.poll(() => server.isWatched('gate'), { timeout: 15_000 }).toBe(false)
  })

  it('pauses and resumes, and shows it', async () => {
    await page.getByRole('button', { name: 'Pause gate' }).click()
    await page.locator('[data-stream=gate] [data-state=paused]').waitFor()
    const paused = (await (await server.api('GET', '/streams/gate')).json()) as { enabled: boolean }
    expect(paused.enabled).toBe(false)
    await page.getByRole('button', { name: 'Resume gate' }).click()
    await page.locator('[data-stream=gate] [data-state=live]').waitFor()
  })

  it('shows the server’s refusal beside the field it names, then adds the camera', async () => {
    await page.getByRole('link', { name: 'Add camera' }).click()
    await page.getByLabel('Name').fill('gate')
    await page.getByLabel('RTSP address').fill('rtsp://admin:hunter3@192.0.2.9:554/main')
    await page.getByRole('button', { name: 'Add camera' }).click()
    await expectText(page.locator('[data-field=id] .field-error'), /gate is registered already/)
    await page.getByLabel('Name').fill('dock')
    await page.getByRole('button', { name: 'Add camera' }).click()
    await expectText(page.locator('[data-added=dock]'), /dock was added.*Connecting/s)
    expect(await page.getByLabel('RTSP address').inputValue()).toBe('')
    const dock = await (await server.api('GET', '/streams/dock')).text()
    expect(dock).toContain('rtsp://192.0.2.9:554/main')
  })

  it('says in plain words what the test of a camera found', async () => {
    let answer: ProbeResult = { ok: true, source: { widthPx: 2560, heightPx: 1440, codec: 'hevc', fps: 20 } }
    server.answerProbes(() => answer)
    await page.getByLabel('RTSP address').fill('rtsp://192.0.2.9/main')
    await page.getByRole('button', { name: 'Test camera' }).click()
    await expectText(page.locator('[data-probe=ok]'), /camera works: *2560 × 1440 · H\.265 · 20 fps/)
    answer = { ok: false, reason: { code: 'unauthorized', text: 'The camera refused the password.' } }
    await page.getByRole('button', { name: 'Test camera' }).click()
    await expectText(page.locator('[data-probe=failed]'), /refused the password.*Check the user name/)
    await page.getByLabel('RTSP address').fill('rtsp://192.0.2.9:99999/main')
    await page.getByRole('button', { name: 'Test camera' }).click()
    await expectText(page.locator('[data-field=url] .field-error'), /not a URL/)
  })

  it('removes a stream only after a question', async () => {
    await page.getByRole('link', { name: 'Streams', exact: true }).click()
    await page.getByRole('button', { name: 'Remove dock' }).click()
    await page.getByRole('button', { name: 'Keep it' }).click()
    expect((await server.api('GET', '/streams/dock')).status).toBe(200)
    await page.getByRole('button', { name: 'Remove dock' }).click()
    await page.locator('dialog').getByRole('button', { name: 'Remove dock' }).click()
    await page.locator('[data-stream=dock]').waitFor({ state: 'detached' })
    expect((await server.api('GET', '/streams/dock')).status).toBe(404)
  })

  it('shows devices, processes and the connection', async () => {
    await page.getByRole('link', { name: 'Figures' }).click()
    await expectText(page.locator('[data-device]').first(), /Busy\s*50 %.*Fill\s*75 %.*1, 2, 4 frames/s)
    await page.locator('[data-process=publish]').waitFor()
    await page
      .locator('[data-process=ingest] .chart-line')
      .first()
      .waitFor({ state: 'attached', timeout: 10_000 })
    await page.locator('[data-connection=open]').waitFor()
  })

  it('says that infer looks into the model files while no model is known', async () => {
    await page.getByRole('link', { name: 'Models' }).click()
    await expectText(page.locator('main'), /Infer is looking into the model files.*told its catalogue yet/s)
    await page.getByRole('link', { name: 'Figures' }).click()
  })

  it('has no console error, no CSP violation and no request to another host', () => {
    expect(desk.faults).toEqual([])
  })

  it('says that the server is gone, and connects again by itself', async () => {
    await server.stopPublish('SIGKILL')
    await page.locator('[data-connection=waiting]').waitFor()
    await expectText(page.locator('.notices'), /did not answer/)
    await server.startPublish()
    await page.locator('[data-connection=open]').waitFor({ timeout: 20_000 })
    await expect.poll(() => page.locator('.notice').count(), { timeout: 10_000 }).toBe(0)
  })

  it('asks a browser without access for the token, and takes it', async () => {
    const stranger = await browser.open()
    await stranger.page.goto(server.url)
    await stranger.page.getByLabel('Token').fill('not-the-token')
    await stranger.page.getByRole('button', { name: 'Open the dashboard' }).click()
    await expectText(stranger.page.getByRole('alert'), /token is wrong/)
    await stranger.page.getByLabel('Token').fill(TOKEN)
    await stranger.page.getByRole('button', { name: 'Open the dashboard' }).click()
    await stranger.page.locator('[data-stream=gate]').waitFor()
    expect(stranger.page.url()).not.toContain(TOKEN)
    await stranger.page.context().close()
  })

  it('fits a phone: nothing is wider than the screen in any view', async () => {
    const phone = await browser.open({
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      deviceScaleFactor: 2,
    })
    await phone.page.goto(`${server.url}/?token=${TOKEN}`)
    for (const view of ['', 'streams/gate', 'add', 'models', 'figures']) {
      await phone.page.goto(`${server.url}/#/${view}`)
      await phone.page.locator('h1').waitFor()
      await phone.page.waitForTimeout(1200)
      const overhangPx = await phone.page.evaluate(
        () => document.documentElement.scrollWidth - window.innerWidth,
      )
      expect(overhangPx, `view #/${view}`).toBeLessThanOrEqual(0)
    }
    expect(phone.faults).toEqual([])
    await phone.page.context().close()
  })

  /** The path from Redis to the page may not stand yet when the interest is recorded: frames are sent until one is shown. */
  async function showFirstFrame(box: Box): Promise<void> {
    await expect
      .poll(
        async () => {
          const frame = nextFrame()
          await server.tellPicture(frame, await jpeg(GREY))
          await server.tellDetections(frame, [detection(box, 2, 0.8)])
          return page.locator('canvas.shown').count()
        },
        { timeout: 10_000, interval: 200 },
      )
      .toBe(1)
    await expect.poll(shownSeq).toBe(seq)
  }
})

function detection(box: Box, classId: number, score: number): Detection {
  return {
    id: `gate-${classId}-${score}`,
    classId,
    class: ['person', 'bicycle', 'car'][classId]!,
    score,
    box,
  }
}
