/** The dashboard in a real Chromium against the real publish process, with the data of the contract fed through a real Redis. */
import fs from 'node:fs'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { classColour } from '../../publish/web/live/colour.js'
import type { Box, Detection } from '../../shared/detection/message.js'
import { chromiumPath, launchBrowser, type TestBrowser, type WatchedPage } from '../tools/browser.js'
import { FedPublish, type FrameTold, TOKEN } from '../tools/fed-publish.js'
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

  const nextFrame = (): FrameTold => ({ stream: 'gate', epoch: 7, seq: ++seq, width: 1280, height: 960 })
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
    await expectBox(box, 2)
    const second = nextFrame()
    const other: Box = [800, 120, 1200, 480]
    await server.tellDetections(second, [detection(other, 0, 0.9)])
    await server.tellPicture(second, await jpeg(GREY))
    await expect.poll(shownSeq).toBe(second.seq)
    await expectBox(other, 0)
    await expectPicture([320, 480], GREY)
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
    await expectPicture([100, 300], GREY)
    await server.tellDetections(pictured, [detection([600, 500, 1000, 900], 2, 0.8)])
    await expect.poll(shownSeq).toBe(pictured.seq)
    await expectBox([600, 500, 1000, 900], 2)
    await expectPicture([100, 300], BLUE)
  })

  it('filters by class and score, on the frame at hand', async () => {
    await page.getByRole('button', { name: /^car/ }).click()
    await expectPicture([600, 700], BLUE)
    await page.getByRole('button', { name: /^car/ }).click()
    await expectBox([600, 500, 1000, 900], 2)
    await page.getByLabel('Minimum score').fill('85')
    await expectPicture([600, 700], BLUE)
    await page.getByLabel('Minimum score').fill('0')
  })

  it('tells where the time of a frame went, and that every frame is accounted for', async () => {
    await expectText(page.locator('main'), /Decode\s*8\.0 ms.*Queue\s*2\.0 ms.*Infer\s*12 ms/s)
    await expectText(page.locator('main'), /Frames accounted for.*Balanced.*Overwritten\s*40/s)
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

  it('has no console error, no CSP violation and no request to another host', () => {
    expect(desk.faults).toEqual([])
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
    for (const view of ['', 'streams/gate', 'add', 'figures']) {
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

  async function expectBox([x1, y1, x2, y2]: Box, classId: number): Promise<void> {
    const line = rgb(classColour(classId).line)
    const edges: [number, number][] = [
      [x1, (y1 + y2) / 2],
      [x2, (y1 + y2) / 2],
      [(x1 + x2) / 2, y2],
    ]
    for (const at of edges) await expectNear(at, line, Math.min)
  }

  /** No box passes here: the picture itself is seen. */
  const expectPicture = (at: [number, number], colour: Colour): Promise<void> =>
    expectNear(at, colour, Math.max)

  /**
   * @param at in source pixels; an edge may lie a canvas pixel beside it.
   * @param judge `Math.min`: some pixel there has the colour; `Math.max`: all have.
   */
  async function expectNear([x, y]: [number, number], colour: Colour, judge: typeof Math.min): Promise<void> {
    const distance = async (): Promise<number> =>
      judge(...(await pixelsAround(page, x / 1280, y / 960)).map(pixel => farthest(pixel, colour)))
    await expect.poll(distance, { message: `colour at ${x}, ${y}`, timeout: 3000 }).toBeLessThan(24)
  }
})

interface Colour {
  r: number
  g: number
  b: number
}

function farthest([r, g, b]: number[], colour: Colour): number {
  return Math.max(Math.abs(r! - colour.r), Math.abs(g! - colour.g), Math.abs(b! - colour.b))
}

/** The 3 × 3 canvas pixels around a place, given as shares of width and height. */
function pixelsAround(page: Page, x: number, y: number): Promise<number[][]> {
  return page.evaluate(
    ([shareX, shareY]) => {
      const canvas = document.querySelector('canvas')!
      const left = Math.round(shareX * canvas.width) - 1
      const top = Math.round(shareY * canvas.height) - 1
      const { data } = canvas.getContext('2d')!.getImageData(left, top, 3, 3)
      return Array.from({ length: 9 }, (_, i) => [...data.slice(i * 4, i * 4 + 3)])
    },
    [x, y] as const,
  )
}

async function expectText(
  locator: { textContent(): Promise<string | null> },
  pattern: RegExp,
): Promise<void> {
  await expect.poll(() => locator.textContent(), { timeout: 5000 }).toMatch(pattern)
}

function detection(box: Box, classId: number, score: number): Detection {
  return {
    id: `gate-${classId}-${score}`,
    classId,
    class: ['person', 'bicycle', 'car'][classId]!,
    score,
    box,
  }
}

function jpeg(background: Colour): Promise<Buffer> {
  return sharp({ create: { width: 640, height: 480, channels: 3, background } })
    .jpeg({ quality: 95 })
    .toBuffer()
}

function rgb(hex: string): Colour {
  const value = Number.parseInt(hex.slice(1), 16)
  return { r: value >> 16, g: (value >> 8) & 255, b: value & 255 }
}
