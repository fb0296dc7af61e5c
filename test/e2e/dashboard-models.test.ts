/** Models in the dashboard: looked at, pulled, measured and removed, in a real Chromium against the real publish process. */
import fs from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RingsideError } from '../../shared/errors.js'
import { createLog } from '../../shared/log.js'
import type { ModelJobProgress } from '../../shared/model/model-job.js'
import { createModelQueue } from '../../shared/redis/model-queue.js'
import type { RunningJob } from '../../shared/redis/model-worker.js'
import { chromiumPath, launchBrowser, type TestBrowser, type WatchedPage } from '../tools/browser.js'
import { FedPublish, TOKEN } from '../tools/fed-publish.js'
import { catalogueEntry, hostedModel, modelRecord, someModels } from '../tools/model-reports.js'
import { expectText } from '../tools/page-text.js'
import { MODEL } from '../tools/stage-reports.js'

const hasChromium = fs.existsSync(chromiumPath)
const name = hasChromium
  ? 'models in the dashboard'
  : `models in the dashboard (skipped: no Chromium at ${chromiumPath}; set CHROMIUM_PATH)`
const DEVICE = 'cpu-0'
const noRoom = {
  code: 'model_no_room',
  text: 'yolox-nano@int8 needs 64 MiB, and 12 MiB of model.memoryBytes are free.',
} as const

describe.skipIf(!hasChromium)(name, () => {
  let server: FedPublish
  let browser: TestBrowser
  let desk: WatchedPage
  let page: Page
  let job: RunningJob
  let endJob: (outcome: unknown) => void

  beforeAll(async () => {
    server = await FedPublish.start()
    await server.reports.writeModels(DEVICE, someModels)
    await server.reports.writeCatalogue([
      catalogueEntry('yolox-nano', { bytes: 3_659_407 }),
      catalogueEntry('yolox-tiny', { notes: 'Twice the accuracy of nano.' }),
    ])
    server.doModelJobs(
      running =>
        new Promise((resolve, reject) => {
          job = running
          endJob = outcome => (outcome instanceof Error ? reject(outcome) : resolve(outcome))
          running.ended.addEventListener('abort', () => reject(running.ended.reason))
        }),
    )
    for (const id of ['gate', 'dock']) {
      await server.addStream(id, { state: 'live' })
      await server.api('PATCH', `/streams/${id}`, { model: id === 'gate' ? 'yolox-nano' : 'yolox-nano@int8' })
    }
    const models = [
      hostedModel(MODEL),
      hostedModel('yolox-nano'),
      hostedModel('yolox-nano@int8', { state: 'failed', reason: noRoom, chargedBytes: 0 }),
    ]
    await server.tellInfer({ models, memoryChargedBytes: 2 ** 27 })
    browser = await launchBrowser()
    desk = await browser.open()
    page = desk.page
    await page.goto(`${server.url}/?token=${TOKEN}#/models`)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  it('shows what is loaded, with the charge against the device’s limit', async () => {
    const loaded = page.locator(`[data-loaded-on=${DEVICE}]`)
    await expectText(loaded, /Charged\s*128 MiB of 4\.0 GiB/)
    await expectText(
      loaded.locator(`[data-hosted=${MODEL}]`),
      /Loaded\s*1 stream · charged 64\.0 MiB · fill 75 %/,
    )
    await expectText(loaded, /yolox-nano@int8\s*Not loaded.*needs 64 MiB/s)
  })

  it('shows what every model is, and in words why one cannot be used', async () => {
    const nano = page.locator('[data-model=yolox-nano]')
    await expectText(
      nano,
      /pulled or added.*yolox.*416 × 416.*3 classes.*3\.5 MiB.*Apache-2\.0.*fp32.*loaded: gate.*int8.*not loaded: dock/s,
    )
    expect(await nano.locator('[data-variant]').count()).toBe(3)
    const torn = page.locator('[data-model=torn]')
    await expectText(
      torn,
      /Unusable.*The file ends before its graph does.*your models folder.*not recognised/s,
    )
    expect(await torn.locator('[data-variant]').count()).toBe(0)
    await expectText(page.locator(`[data-model=${MODEL}]`), /comes with Ringside/)
    expect(await page.locator(`[data-model=${MODEL}]`).getByRole('button').count()).toBe(0)
  })

  it('pulls a model of the catalogue, and shows how far it is', async () => {
    const tiny = page.locator('[data-catalogue=yolox-tiny]')
    await expectText(page.locator('[data-catalogue=yolox-nano]'), /Here already/)
    await expectText(
      tiny,
      /YOLOX-TINY.*yolox.*416 × 416.*32\.8 %.*19\.3 MiB.*Apache-2\.0.*Twice the accuracy/s,
    )
    await tiny.getByRole('button', { name: 'Pull yolox-tiny' }).click()
    await expect.poll(() => job?.request).toEqual({ kind: 'pull', model: 'yolox-tiny', options: {} })
    tellProgress({ step: 'downloading', done: 5 * 2 ** 20, total: 20 * 2 ** 20, unit: 'bytes' })
    await expectText(tiny, /downloading: 5\.0 MiB of 20\.0 MiB/)
    expect(await tiny.locator('progress').evaluate(bar => (bar as HTMLProgressElement).position)).toBe(0.25)
    await server.reports.writeModels(DEVICE, [...someModels, modelRecord('yolox-tiny')])
    endJob({ name: 'yolox-tiny' })
    await expectText(tiny, /Here already/)
    await page.locator('[data-model=yolox-tiny]').waitFor()
  })

  it('says plainly why a pull failed, and lets it be tried again or cancelled', async () => {
    await server.reports.writeModels(DEVICE, someModels)
    const tiny = page.locator('[data-catalogue=yolox-tiny]')
    await tiny.getByRole('button', { name: 'Pull yolox-tiny' }).click()
    await expect.poll(() => jobStates()).toEqual(['running', 'done'])
    endJob(
      new RingsideError('no_network', 'models.invalid cannot be reached.', {
        remedy: 'Connect this machine.',
      }),
    )
    await expectText(tiny.getByRole('alert'), /cannot be reached.*Connect this machine/)
    await tiny.getByRole('button', { name: 'Pull yolox-tiny' }).click()
    await tiny.getByRole('button', { name: 'Cancel: pull yolox-tiny' }).click()
    await expect.poll(() => jobStates(), { timeout: 5000 }).toEqual(['cancelled', 'failed', 'done'])
    await tiny.getByRole('button', { name: 'Pull yolox-tiny' }).waitFor()
  })

  it('removes a model only after a question, and explains why one in use stays', async () => {
    const nano = page.locator('[data-model=yolox-nano]')
    const remove = nano.getByRole('button', { name: 'Remove yolox-nano' })
    await remove.click()
    await page.locator('dialog[open]').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => page.locator('dialog').count()).toBe(0)
    await expect.poll(() => remove.evaluate(button => button === document.activeElement)).toBe(true)
    await remove.click()
    await page.locator('dialog').getByRole('button', { name: 'Remove yolox-nano' }).click()
    await expectText(nano.getByRole('alert'), /Streams use yolox-nano: .*gate.*another model/)
    for (const id of ['gate', 'dock']) await server.api('PATCH', `/streams/${id}`, { model: null })
    await remove.click()
    await page.locator('dialog').getByRole('button', { name: 'Remove yolox-nano' }).click()
    await expect.poll(() => job?.request).toEqual({ kind: 'rm', model: 'yolox-nano', options: {} })
    await expectText(nano, /Removing…/)
    await server.reports.writeModels(
      DEVICE,
      someModels.filter(record => !record.name.startsWith('yolox-nano')),
    )
    endJob({ removed: ['yolox-nano'] })
    await nano.waitFor({ state: 'detached' })
  })

  it('shows what a comparison and a check found, as tables', async () => {
    const queue = createModelQueue(server.connection, createLog({ level: 'silent', name: 'test' }))
    await queue.add({ kind: 'compare', model: MODEL, options: {} })
    await expect.poll(() => job.request.kind).toBe('compare')
    endJob(comparison)
    const compared = page.locator('.job', { hasText: `Compare ${MODEL}` })
    await expectText(compared, /On this machine take ringside-nano\..*fp16 loses/s)
    expect(await compared.locator('tr.chosen').textContent()).toMatch(/^ringside-nano3\.5 MiB64\.0 MiB21 ms/)
    await queue.add({ kind: 'check', model: `${MODEL}@fp16`, options: {} })
    await expect.poll(() => job.request.kind).toBe('check')
    endJob({
      map50: 0.4567,
      labels: { pictures: 128 },
      classes: [{ class: 'person', objects: 254, map50: 0.7 }],
    })
    const checked = page.locator('.job', { hasText: `Check ${MODEL}@fp16` })
    await expectText(checked, /mAP@50\s*45\.7 %.*Labels, pictures\s*128.*person\s*254\s*70\.0 %/s)
    await queue.close()
  })

  it('shows the models that a device hosts among the figures', async () => {
    await page.getByRole('link', { name: 'Figures' }).click()
    const device = page.locator(`[data-device=${DEVICE}]`)
    await expectText(device, /Charged\s*128 MiB of 4\.0 GiB.*yolox-nano\s*Loaded/s)
  })

  it('fits a phone, and has no console error, CSP violation or request to another host', async () => {
    const phone = await browser.open({ viewport: { width: 360, height: 740 }, hasTouch: true })
    await phone.page.goto(`${server.url}/?token=${TOKEN}`)
    for (const view of ['models', 'figures']) {
      await phone.page.goto(`${server.url}/#/${view}`)
      await phone.page.locator('h1').waitFor()
      await phone.page.waitForTimeout(1200)
      const overhangPx = await phone.page.evaluate(
        () => document.documentElement.scrollWidth - window.innerWidth,
      )
      expect(overhangPx, `view #/${view}`).toBeLessThanOrEqual(0)
    }
    expect([...desk.faults, ...phone.faults]).toEqual([])
    await phone.page.context().close()
  })

  async function jobStates(): Promise<string[]> {
    const { jobs } = (await (await server.api('GET', '/jobs')).json()) as { jobs: { state: string }[] }
    return jobs.map(({ state }) => state)
  }

  function tellProgress(progress: ModelJobProgress): void {
    job.progress(progress)
  }
})

const speed = (runMs: number, ratio: number) => ({
  ratio,
  buckets: [{ bucket: 1, runMs, framesPerSecond: 1000 / runMs }],
})
const comparison = {
  variants: [
    {
      name: MODEL,
      fileBytes: 3_659_407,
      peakBytes: 2 ** 26,
      speed: speed(21, 1),
      accuracy: { map50: 0.456, map: 0.258 },
    },
    {
      name: `${MODEL}@fp16`,
      fileBytes: 1_900_000,
      peakBytes: 2 ** 25,
      speed: speed(26, 0.8),
      accuracy: { map50: 0.455, map: 0.257 },
    },
  ],
  missing: [],
  choice: { name: MODEL, reasons: ['ringside-nano@fp16 loses 0.10 points of mAP@50:95.'] },
}
