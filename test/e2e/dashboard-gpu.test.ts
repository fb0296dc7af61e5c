/** A GPU in the dashboard: its figures beside those of the CPU, on a desk and on a phone, in a real Chromium against the real publish process. */
import fs from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, launchBrowser, type TestBrowser, type WatchedPage } from '../tools/browser.js'
import { FedPublish, TOKEN } from '../tools/fed-publish.js'
import { arenaReport, cudaEngine, gpuReport } from '../tools/gpu-reports.js'
import { hostedModel } from '../tools/model-reports.js'
import { expectText } from '../tools/page-text.js'

const hasChromium = fs.existsSync(chromiumPath)
const name = hasChromium
  ? 'a GPU in the dashboard'
  : `a GPU in the dashboard (skipped: no Chromium at ${chromiumPath}; set CHROMIUM_PATH)`
const DEVICE = 'cuda-0'

describe.skipIf(!hasChromium)(name, () => {
  let server: FedPublish
  let browser: TestBrowser
  let desk: WatchedPage
  let page: Page
  let sampling: NodeJS.Timeout

  beforeAll(async () => {
    server = await FedPublish.start()
    await server.tellInfer({
      deviceId: DEVICE,
      device: 'NVIDIA H200',
      gpu: gpuReport(),
      models: [hostedModel('yolox-nano', { engine: cudaEngine() })],
    })
    sampling = setInterval(() => void server.tellInfer({ gpu: gpuReport() }), 1000)
    browser = await launchBrowser()
    desk = await browser.open()
    page = desk.page
    await page.goto(`${server.url}/?token=${TOKEN}#/figures`)
  })
  afterAll(async () => {
    clearInterval(sampling)
    await browser?.close()
    await server?.close()
  })
  const gpu = () => page.locator(`[data-gpu=${DEVICE}]`)

  it('shows memory, SMs, decoders, power and temperature', async () => {
    await expectText(gpu(), /NVIDIA H200\s*GPU of cuda-0/)
    await expectText(
      gpu().locator('.gpu-meters'),
      /Memory\s*35\.0 GiB of 140 GiB\s*SMs\s*87 %\s*Bus\s*31 %\s*Decode\s*42 %/,
    )
    for (const [label, value] of [
      ['SMs busy', '87 %'],
      ['Decoders busy', '42 %'],
      ['GPU memory', '35.0 GiB'],
      ['Power', '412 W'],
      ['Temperature', '61 °C'],
    ]) {
      const chart = gpu().locator('.chart', { hasText: label as string })
      await expectText(chart.locator('figcaption strong'), new RegExp(`^${value}$`))
    }
    await expectText(gpu(), /Memory of this process\s*5\.0 GiB/)
    await expectText(gpu(), /From the host\s*12\.5 GiB\/s/)
    await expectText(gpu(), /Held back by\s*its power limit/)
  })

  it('draws what it was told over time', async () => {
    const line = gpu().locator('.chart', { hasText: 'Power' }).locator('polyline')
    await expect.poll(() => line.count(), { timeout: 10_000 }).toBe(1)
    expect((await line.getAttribute('points'))?.split(' ').length).toBeGreaterThan(1)
  })

  it('says what runs a model, what it holds, and what it could not have', async () => {
    const model = page.locator('[data-hosted=yolox-nano]')
    await expectText(model, /fill 75 % · cuda · holds 836 MiB of 4\.0 GiB/)
    expect(await model.locator('.model-problem').count()).toBe(0)
    const engine = cudaEngine({
      refusedBuckets: [{ bucket: 64, reason: 'needs 1.6 GiB, and 1.2 GiB are free.' }],
      arena: arenaReport({ outOfMemory: 3, allocationsAfterWarmUp: 1 }),
    })
    await server.tellInfer({ models: [hostedModel('yolox-nano', { engine })] })
    await expectText(model, /No batches of 64 frames: needs 1\.6 GiB, and 1\.2 GiB are free\./)
    await expectText(model, /GPU memory ran out 3 times/)
    await expectText(model, /grew 1 time after warm-up/)
  })

  it('leaves out what the GPU does not tell', async () => {
    clearInterval(sampling)
    const little = { decoderBusy: null, powerWatts: null, processBytes: null, throttleReasons: null }
    await server.tellInfer({ gpu: gpuReport(little) })
    await expectText(gpu(), /Memory of this process\s*–.*Held back by\s*–/s)
    await expectText(gpu(), /^(?!.*(Decode|Power\d|NaN|null|undefined)).*Temperature/s)
  })

  it('fits a phone', async () => {
    const phone = await browser.open({
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      deviceScaleFactor: 2,
    })
    await phone.page.goto(`${server.url}/?token=${TOKEN}#/figures`)
    await phone.page.locator(`[data-gpu=${DEVICE}] .chart`).first().waitFor()
    const tooWide = await phone.page.evaluate(
      () =>
        [...document.querySelectorAll('[data-gpu] *')].filter(
          element => element.getBoundingClientRect().right > window.innerWidth + 0.5,
        ).length,
    )
    expect(tooWide).toBe(0)
    expect(phone.faults).toEqual([])
    if (process.env.SHOW_PAGES)
      await phone.page.screenshot({ path: `${process.env.SHOW_PAGES}/gpu-phone.png`, fullPage: true })
    await phone.page.context().close()
  })

  it('is gone when its device has none', async () => {
    if (process.env.SHOW_PAGES)
      await page.screenshot({ path: `${process.env.SHOW_PAGES}/gpu-desk.png`, fullPage: true })
    await server.tellInfer({ gpu: null })
    await expect.poll(() => gpu().count(), { timeout: 6000 }).toBe(0)
    await expectText(page.locator(`[data-device=${DEVICE}]`), /Default model/)
    expect(desk.faults).toEqual([])
  })
})
