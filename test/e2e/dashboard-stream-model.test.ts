/** The model of a stream in the dashboard: chosen, changed while it runs, and missed, in a real Chromium against the real publish process. */
import fs from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Box, Detection } from '../../shared/detection/message.js'
import { chromiumPath, launchBrowser, type TestBrowser, type WatchedPage } from '../tools/browser.js'
import { FedPublish, type FrameTold, TOKEN } from '../tools/fed-publish.js'
import { expectBox, frameSize, jpeg } from '../tools/live-canvas.js'
import { hostedModel, someModels } from '../tools/model-reports.js'
import { expectText } from '../tools/page-text.js'
import { MODEL } from '../tools/stage-reports.js'

const hasChromium = fs.existsSync(chromiumPath)
const name = hasChromium
  ? 'the model of a stream in the dashboard'
  : `the model of a stream in the dashboard (skipped: no Chromium at ${chromiumPath}; set CHROMIUM_PATH)`
const SOURCE = { widthPx: 1280, heightPx: 960, codec: 'h264', fps: 25 }
const GREY = { r: 60, g: 60, b: 60 }
const noRoom = {
  code: 'model_no_room',
  text: 'yolox-nano needs 64 MiB, and 12 MiB of model.memoryBytes are free.',
} as const

describe.skipIf(!hasChromium)(name, () => {
  let server: FedPublish
  let browser: TestBrowser
  let desk: WatchedPage
  let page: Page
  let seq = 0

  beforeAll(async () => {
    server = await FedPublish.start()
    await server.reports.writeModels('cpu-0', someModels)
    await server.addStream(
      'gate',
      { state: 'live', source: SOURCE, receivedFps: 25 },
      { inferredFps: 24.4, detectionsLast: 1 },
    )
    browser = await launchBrowser()
    desk = await browser.open()
    page = desk.page
    await page.goto(`${server.url}/?token=${TOKEN}`)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  it('offers each model that can be used, in each precision, when a camera is added', async () => {
    await page.getByRole('link', { name: 'Add camera' }).click()
    const choice = page.getByLabel('Model')
    await expect
      .poll(() => choice.locator('option').allTextContents(), { timeout: 5000 })
      .toEqual([
        `Default (${MODEL})`,
        `${MODEL} · fp32 · loaded`,
        `${MODEL} · fp16`,
        'yolox-nano · fp32',
        'yolox-nano · fp16',
        'yolox-nano · int8',
      ])
    await choice.selectOption('yolox-nano@int8')
    await page.getByLabel('Name').fill('dock')
    await page.getByLabel('RTSP address').fill('rtsp://192.0.2.9:554/main')
    await page.getByRole('button', { name: 'Add camera' }).click()
    await page.locator('[data-added=dock]').waitFor()
    expect(await streamOf('dock')).toMatchObject({ model: 'yolox-nano@int8', fps: null, priority: 5 })
    expect(await choice.inputValue()).toBe('')
  })

  it('changes model, frame rate cap and priority of a stream that runs, by keyboard', async () => {
    await page.goto(`${server.url}/#/streams/gate`)
    await showFrame([320, 240, 640, 720])
    const settings = page.locator('[data-settings=gate]')
    await expectText(settings, new RegExp(`${MODEL} \\(default\\).*none.*5 of 9`, 's'))
    await settings.getByRole('button', { name: 'Change' }).press('Enter')
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('camera-model')
    await page.getByLabel('Frame rate cap').fill('fast')
    await page.getByLabel('Priority').fill('8')
    await page.getByLabel('Priority').press('Enter')
    await expectText(page.locator('[data-field=fps] .field-error'), /number above 0/)
    await page.getByLabel('Frame rate cap').fill('12')
    await page.getByLabel('Model').selectOption('yolox-nano')
    await page.getByLabel('Priority').press('Enter')
    await expectText(settings, /yolox-nano.*12 fps.*8 of 9/s)
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Change')
    expect(await streamOf('gate')).toMatchObject({ model: 'yolox-nano', fps: 12, priority: 8 })
  })

  it('says that the new model is being loaded, while the boxes of the old one go on', async () => {
    const note = page.locator('[data-model-change=gate]')
    await expectText(note, /^yolox-nano was asked for.*boxes are those of ringside-nano/)
    await host(hostedModel('yolox-nano', { state: 'loading', chargedBytes: 2 ** 26 }))
    await expectText(note, /^yolox-nano is being loaded\. Until then the boxes are those of ringside-nano\.$/)
    await showFrame([800, 120, 1200, 480])
    await expectBox(page, [800, 120, 1200, 480], 0)
    await host(hostedModel('yolox-nano'))
    await expectText(note, /yolox-nano is loaded; the stream goes over to it now/)
    await showFrame([100, 100, 500, 500], 'yolox-nano')
    await expectText(note, /^$/)
    await expectBox(page, [100, 100, 500, 500], 0)
  })

  it('says why a model is not served, and what can be done, on the stream and in the grid', async () => {
    await host(hostedModel('yolox-nano', { state: 'failed', reason: noRoom, chargedBytes: 0 }))
    const head = page.locator('.stream-head')
    await expectText(head, /12 MiB of model\.memoryBytes are free.*smaller model/s)
    await page.getByRole('link', { name: 'All streams', exact: true }).click()
    await expectText(page.locator('.summary'), /1 in trouble/)
    const card = page.locator('[data-stream=gate]')
    await card.getByRole('link', { name: 'See the models.' }).click()
    await page.getByRole('heading', { name: 'Models', exact: true }).waitFor()
  })

  it('fits a phone, and has no console error, CSP violation or request to another host', async () => {
    const phone = await browser.open({ viewport: { width: 360, height: 740 }, hasTouch: true })
    await phone.page.goto(`${server.url}/?token=${TOKEN}`)
    for (const view of ['add', 'streams/gate']) {
      await phone.page.goto(`${server.url}/#/${view}`)
      await phone.page.locator('h1').waitFor()
      await phone.page.waitForTimeout(1200)
      if (view === 'streams/gate') await phone.page.getByRole('button', { name: 'Change' }).click()
      const overhangPx = await phone.page.evaluate(
        () => document.documentElement.scrollWidth - window.innerWidth,
      )
      expect(overhangPx, `view #/${view}`).toBeLessThanOrEqual(0)
    }
    expect([...desk.faults, ...phone.faults]).toEqual([])
    await phone.page.context().close()
  })

  async function streamOf(id: string): Promise<unknown> {
    return (await server.api('GET', `/streams/${id}`)).json()
  }

  /** The default model is loaded beside it. */
  async function host(model: ReturnType<typeof hostedModel>): Promise<void> {
    const models = [hostedModel(MODEL), model]
    const memoryChargedBytes = models.reduce((sum, { chargedBytes }) => sum + chargedBytes, 0)
    await server.tellInfer({ models, memoryChargedBytes })
  }

  /** The path from Redis to the page may not stand yet: frames are sent until the page shows one of them. */
  async function showFrame(box: Box, model = MODEL): Promise<void> {
    const first = seq + 1
    await expect
      .poll(
        async () => {
          const frame: FrameTold = { stream: 'gate', epoch: 7, seq: ++seq, ...frameSize, model }
          const person: Detection = { id: `gate-${seq}`, classId: 0, class: 'person', score: 0.9, box }
          await server.tellPicture(frame, await jpeg(GREY))
          await server.tellDetections(frame, [person])
          return page.locator('canvas').getAttribute('data-seq').then(Number)
        },
        { timeout: 10_000, interval: 200 },
      )
      .toBeGreaterThanOrEqual(first)
  }
})
