/** Budgets in the dashboard: what is promised and to whom, limits changed, plans, refusals with their remedies; a real Chromium against the real publish process. */
import fs from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StreamView } from '../../shared/api/views.js'
import { Capacities } from '../../shared/redis/capacities.js'
import { Profiles } from '../../shared/redis/profiles.js'
import { chromiumPath, launchBrowser, type TestBrowser, type WatchedPage } from '../tools/browser.js'
import { capacityReport, modelProfile } from '../tools/budget-reports.js'
import { FedPublish, TOKEN } from '../tools/fed-publish.js'
import { someModels } from '../tools/model-reports.js'
import { expectText } from '../tools/page-text.js'
import { MODEL } from '../tools/stage-reports.js'

const hasChromium = fs.existsSync(chromiumPath)
const name = hasChromium
  ? 'budgets in the dashboard'
  : `budgets in the dashboard (skipped: no Chromium at ${chromiumPath}; set CHROMIUM_PATH)`
const SOURCE = { widthPx: 1280, heightPx: 960, codec: 'h264', fps: 60 }
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, deviceScaleFactor: 2 }

describe.skipIf(!hasChromium)(name, () => {
  let server: FedPublish
  let browser: TestBrowser
  let desk: WatchedPage
  let page: Page

  beforeAll(async () => {
    server = await FedPublish.start()
    const { redis, keys } = server.connection
    await server.reports.writeModels('cpu-0', someModels)
    await new Capacities(redis, keys).write(capacityReport())
    // 10 ms a frame: of 70 % of the engine's time, 70 frames a second are to be had.
    await new Profiles(redis, keys).write(modelProfile(MODEL, 10))
    await new Profiles(redis, keys).write(modelProfile('yolox-nano', 4))
    for (const [id, fps, priority] of [
      ['gate', 20, 7],
      ['yard', 20, 3],
    ] as const) {
      await server.addStream(id, { state: 'live', source: SOURCE, receivedFps: fps }, { inferredFps: fps })
      await change(id, { fps, priority })
    }
    browser = await launchBrowser()
    desk = await browser.open()
    page = desk.page
    page.setDefaultTimeout(6000)
    await page.goto(`${server.url}/?token=${TOKEN}#/budget`)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })
  const device = () => page.locator('[data-budget=cpu-0]')

  it('shows what is promised of each resource, what is free, and which binds', async () => {
    await expectText(device(), /2 streams admitted/)
    await expectText(
      device().locator('[data-resource=computePpm]'),
      /Computebinds first40 % of 70 %57 %30 % free/,
    )
    await expectText(device().locator('[data-resource=ringSlots]'), /^Ring slots8 of 128/)
    await expectText(device().locator('[data-resource=streams]'), /2 of 32.*30 free/)
    expect(await device().locator('.binds').count()).toBe(1)
  })

  it('shows who holds what', async () => {
    const gate = device().locator('[data-holder="stream:gate"]')
    await expectText(gate, /gate7as declared.*20 %.*measured/)
    await expectText(device().locator(`[data-shared="${MODEL}"]`), /once, shared.*MiB/)
    await gate.getByRole('link', { name: 'gate' }).click()
    await page.getByRole('heading', { name: 'gate', exact: true }).waitFor()
    await page.goBack()
  })

  it('changes a limit, says that it was changed, refuses nonsense, and gives the setting back', async () => {
    const promised = page.getByLabel('Engine time promised')
    const submit = page.getByRole('button', { name: 'Change the budget' })
    await promised.fill('ninety')
    await expectText(device().locator('[data-setting=utilisation] .field-error'), /number from 0 to 100/)
    expect(await submit.isDisabled()).toBe(true)
    await promised.fill('80')
    await submit.click()
    await expectText(device().locator('[data-resource=computePpm]'), /40 % of 80 %50 %/)
    await expectText(device().locator('[data-setting=utilisation]'), /Changed for this device/)
    await promised.fill('')
    await submit.click()
    await expectText(device().locator('[data-resource=computePpm]'), /40 % of 70 %/)
    expect(await promised.inputValue()).toBe('70')
  })

  it('shows the server’s refusal of a budget at its field', async () => {
    await page.getByLabel('Latency target').first().fill('0')
    await page.getByRole('button', { name: 'Change the budget' }).click()
    await expectText(device().locator('[data-setting=latencyTargetMs] .field-error'), /\w+/)
    await page.getByRole('button', { name: 'Undo' }).click()
  })

  it('plans: streams, what binds, what would next, bucket and window', async () => {
    const plan = page.locator('[data-plan=cpu-0]')
    // 15 fps at 10 ms are 15 % each, of 70 %.
    await expectText(plan, /^4 streams on AMD EPYC 7B13/)
    await expectText(plan, /8 do not fit.*The limit is compute: after 4 streams/)
    await expectText(plan, /With more of it, the next limit is \w+ .*after \d+ streams/)
    await expectText(plan, /Bucket\d frames?.*Batch window.*Latency at full load/)
    const fps = page.getByRole('slider', { name: 'Frame rate' })
    await fps.fill('5')
    await expectText(plan, /^14 streams .*8 streams fit/)
    await page.getByLabel('Model').selectOption('yolox-nano')
    await expectText(plan, /^(?!14 )\d+ streams .*yolox-nano: measured on this device/)
    await page.getByRole('button', { name: 'Beside what runs' }).click()
    await expectText(plan.locator('[data-resource=streams]'), /10 of 32/)
  })

  it('says of its own predictions how far they are off', async () => {
    const prediction = page.locator('[data-prediction=cpu-0]')
    await page.getByLabel('Model').selectOption('')
    await expectText(prediction, /Memory.*MiB.*MiB.*[+−]\d+ %/)
  })

  it('offers the remedies of a refusal as buttons that apply them', async () => {
    await page.goto(`${server.url}/#/streams/gate`)
    const settings = page.locator('[data-settings=gate]')
    await settings.getByRole('button', { name: 'Change' }).click()
    await page.getByLabel('Frame rate cap').fill('60')
    await settings.getByRole('button', { name: 'Save' }).click()
    const refusal = settings.locator('.refusal')
    await expectText(refusal, /Compute on cpu-0: asked 60 %, free 50 % of 70 %, measured/)
    await refusal.locator('[data-remedy=fps]').click()
    await expectText(settings, /Frame rate cap50 fps/)
    expect(await streamOf('gate')).toMatchObject({ fps: 50 })
  })

  it('pauses what a remedy evicts, and adds the camera that was refused', async () => {
    await change('yard', { fps: 20 })
    await page.goto(`${server.url}/#/add`)
    await page.getByLabel('Name').fill('dock')
    await page.getByLabel('RTSP address').fill('rtsp://192.0.2.9:554/main')
    await page.getByLabel('Frame rate cap').fill('15')
    await page.getByLabel('Priority').fill('9')
    await page.getByRole('button', { name: 'Add camera' }).click()
    const evict = page.locator('[data-remedy=evict]')
    await expectText(evict, /Pause yard first/)
    await evict.click()
    await page.locator('[data-added=dock]').waitFor()
    expect(await streamOf('yard')).toMatchObject({ enabled: false })
    expect(await streamOf('dock')).toMatchObject({ fps: 15, enabled: true })
  })

  it('edits fallback, ring slots and priority, and tells the history', async () => {
    await page.goto(`${server.url}/#/streams/dock`)
    const settings = page.locator('[data-settings=dock]')
    await settings.getByRole('button', { name: 'Change' }).click()
    await page.getByLabel('Fallback').selectOption('yolox-nano@int8')
    await page.getByLabel('Ring slots').fill('6')
    await page.getByLabel('Priority').fill('8')
    await settings.getByRole('button', { name: 'Save' }).click()
    await expectText(settings, /Fallbackyolox-nano@int8.*Priority8 of 9.*Ring slots6/)
    const history = page.locator('[data-history=dock]')
    await expectText(history, /Changed.*priority 9 → 8.*Created/s)
    await expectText(history, /by token [0-9a-f]{6}/)
  })

  it('says what a stream runs with that was degraded by a lower budget, and why', async () => {
    await page.goto(`${server.url}/#/budget`)
    await page.getByLabel('Engine time promised').fill('45')
    await page.getByRole('button', { name: 'Change the budget' }).click()
    // 50 + 15 % were promised: gate, of the lower priority, gives way by half.
    await expectText(device().locator('[data-holder="stream:gate"]'), /25 fps instead of 50/)
    if (process.env.SHOW_PAGES) await shoot(page, 'budget-desk')
    await page.goto(`${server.url}/#/`)
    await expectText(page.locator('[data-stream=gate]'), /Degraded: 25 fps instead of 50/)
    await page.goto(`${server.url}/#/streams/gate`)
    await expectText(page.locator('[data-degradation]'), /Degraded: 25 fps instead of 50\. \w+.*For \d+ s/)
    await expectText(page.locator('[data-history=gate]'), /Degraded.*by Ringside.*Changed.*by token/s)
    if (process.env.SHOW_PAGES) await shoot(page, 'degraded-desk')
  })

  it('fits a phone, and has no console error, CSP violation or request to another host', async () => {
    const phone = await browser.open(PHONE)
    await phone.page.goto(`${server.url}/?token=${TOKEN}`)
    for (const view of ['budget', 'streams/gate', 'add']) {
      await phone.page.goto(`${server.url}/#/${view}`)
      await phone.page.locator('h1').waitFor()
      await phone.page.waitForTimeout(1500)
      const overhangPx = await phone.page.evaluate(
        () => document.documentElement.scrollWidth - window.innerWidth,
      )
      expect(overhangPx, `view #/${view}`).toBeLessThanOrEqual(0)
      if (process.env.SHOW_PAGES) await shoot(phone.page, `${view.replace('/', '-')}-phone`)
    }
    expect([...desk.faults, ...phone.faults]).toEqual([])
    await phone.page.context().close()
  })

  async function change(id: string, body: Partial<StreamView>): Promise<void> {
    const answer = await server.api('PATCH', `/streams/${id}`, body)
    expect(answer.status, await answer.text()).toBe(200)
  }

  async function streamOf(id: string): Promise<unknown> {
    return (await server.api('GET', `/streams/${id}`)).json()
  }

  async function shoot(of: Page, file: string): Promise<void> {
    await of.screenshot({ path: `${process.env.SHOW_PAGES}/${file}.png`, fullPage: true })
  }
})
