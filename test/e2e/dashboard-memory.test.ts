/** Memory in the dashboard: its lines over time, alerts, compactions, frames, snapshots and what lies between two; a real Chromium against the real publish process. */
import fs from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Allocation, AllocationReport } from '../../shared/memory/allocation.js'
import { Alerts } from '../../shared/redis/alerts.js'
import { Allocations } from '../../shared/redis/allocations.js'
import { MemoryTimeline } from '../../shared/redis/memory-timeline.js'
import { chromiumPath, launchBrowser, type TestBrowser, type WatchedPage } from '../tools/browser.js'
import { FedPublish, TOKEN } from '../tools/fed-publish.js'
import { memorySample } from '../tools/memory-samples.js'
import { expectText } from '../tools/page-text.js'
import { balance, MODEL } from '../tools/stage-reports.js'

const hasChromium = fs.existsSync(chromiumPath)
const name = hasChromium
  ? 'memory in the dashboard'
  : `memory in the dashboard (skipped: no Chromium at ${chromiumPath}; set CHROMIUM_PATH)`
const MIB = 2 ** 20
const SAMPLES = 240
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, deviceScaleFactor: 2 }

describe.skipIf(!hasChromium)(name, () => {
  let server: FedPublish
  let browser: TestBrowser
  let desk: WatchedPage
  let page: Page

  beforeAll(async () => {
    server = await FedPublish.start()
    await fillTimeline()
    browser = await launchBrowser()
    desk = await browser.open()
    page = desk.page
    page.setDefaultTimeout(6000)
    await page.goto(`${server.url}/?token=${TOKEN}#/memory`)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })
  const chart = (title: string) => page.locator(`[data-chart="${title}"]`)

  it('draws what Ringside holds over time, and says the newest figures', async () => {
    const held = chart('Held by Ringside')
    await held.locator('canvas').waitFor()
    expect(await held.getAttribute('aria-label')).toMatch(
      /In use 160 MiB, Reserved 200 MiB, Peak 220 MiB, Process \d+ MiB/,
    )
    expect(await chart('Fragmentation and rings').getAttribute('aria-label')).toMatch(
      /Fragmentation 20 %, Rings occupied 25 %/,
    )
    await expectText(
      page.locator('[data-timeline=cpu-0]'),
      /Fragmentation20 %.*Ring slots2 of 8.*2 streams, ringside-nano/s,
    )
    expect(await inkOf('Held by Ringside')).toBeGreaterThan(500)
  })

  it('marks compactions in the lines, and says what they freed and cost', async () => {
    await new MemoryTimeline(server.connection.redis, server.connection.keys).addCompaction({
      atMs: Date.now() - 60_000,
      device: 'cpu-0',
      model: MODEL,
      why: 'fragmentation',
      did: 'shrunk',
      freedBytes: 64 * MIB,
      tookMs: 12.3,
      fragmentationBefore: 0.42,
      fragmentationAfter: 0.08,
    })
    await expectText(
      page.locator('[data-compaction]'),
      /ringside-nano The arena was shrunk: 64\.0 MiB freed in 12 ms, fragmentation 42 % → 8\.0 %fragmented/,
    )
    await expect.poll(() => chart('Held by Ringside').getAttribute('data-marks')).toBe('1')
  })

  it('shows an alert with its meaning and its remedy, here and above every view', async () => {
    const { redis, keys } = server.connection
    const alert = {
      id: 'fragmentation:cpu-0',
      kind: 'fragmentation',
      device: 'cpu-0',
      value: 0.47,
      threshold: 0.4,
      meaning: 'Of the memory that models hold on cpu-0, 47 % is in use by nothing.',
      remedy: 'Compact it with `ringside memory compact`.',
      owners: [{ owner: 'arena', bytes: 64 * MIB }],
      sinceMs: Date.now() - 90_000,
      atMs: Date.now(),
    } as const
    await new Alerts(redis, keys).tell({ ...alert, owners: [...alert.owners], state: 'firing' })
    const shown = page.locator('[data-alert="fragmentation:cpu-0"]')
    await expectText(
      shown,
      /Fragmentation cpu-0Firing.*47 % is in use by nothing.*Compact it.*arena \(64\.0 MiB\)/s,
    )
    await page.goto(`${server.url}/#/`)
    await page.locator('.notice').getByRole('link', { name: 'See the memory' }).click()
    await page.getByRole('heading', { name: 'Memory', exact: true }).waitFor()
  })

  it('takes snapshots, and names what grew between two with the likely cause', async () => {
    await report([heap(40), weights(MODEL, 30)])
    const take = page.getByRole('button', { name: 'Take a snapshot' })
    await take.click()
    await expect.poll(() => page.locator('[data-snapshot]').count()).toBe(1)
    await expectText(page.locator('main'), /Two snapshots are needed/)
    await report([heap(41), weights(MODEL, 30), decoder('gate', 96)])
    await take.click()
    const diff = page.locator('[data-diff]')
    await expectText(diff, /\+97\.0 MiB.*2 owners changed/)
    await expectText(diff.locator('.causes'), /gate/)
    await expectText(diff.locator('tbody tr').first(), /stream gate.*\+96\.0 MiB/)
    const first = page.locator('[data-snapshot]').last()
    await first.getByRole('radio', { name: /Compare to/ }).check()
    await expectText(page.locator('main'), /Two snapshots are needed/)
  })

  it('accounts for the frames of every stream and of all, and marks what does not add up', async () => {
    const gate = balance(
      { received: 1500, inferred: 1450, inFlight: 2 },
      { ring_overwrite: 40, stale_ref: 8 },
    )
    await server.addStream('gate', { state: 'live' }, { balance: gate })
    const yard = balance({ received: 300, inferred: 290, inFlight: 1 }, { rate_limited: 9 })
    await server.addStream('yard', { state: 'live' }, { balance: yard })
    await expect.poll(() => frameRow('[data-frames=gate]')).toEqual([1500, 1450, 40, 8, 0, 2, 0])
    await expect.poll(() => frameRow('[data-frames=yard]')).toEqual([300, 290, 0, 0, 9, 1, 0])
    expect(await frameRow('[data-frames-sum]')).toEqual([1800, 1740, 40, 8, 9, 3, 0])
    for (const row of ['[data-frames=gate]', '[data-frames=yard]', '[data-frames-sum]']) {
      const [received, ...outcomes] = await frameRow(row)
      expect(outcomes.reduce((sum, frames) => sum + frames, 0)).toBe(received)
    }
    const table = page.getByRole('table', { name: 'Where the frames of each stream went' })
    const overwritten = table.getByRole('columnheader', { name: 'Overwritten' })
    expect(await overwritten.getAttribute('title')).toMatch(/newer frame took the slot/)
    expect(await table.getByRole('columnheader', { name: 'Shutdown' }).count()).toBe(0)
    const section = page.locator('section[aria-labelledby=frames-title]')
    await expectText(section, /^FramesBalanced/)
    const odd = balance({ received: 100, inferred: 95, residual: 5 }, {})
    await server.addStream('odd', { state: 'live' }, { balance: odd })
    await expectText(section, /^Frames5 unaccounted/)
    await expectText(page.locator('[data-frames=odd] .tone-bad'), /^5 unaccounted$/)
  })

  it('follows the colour scheme of the page', async () => {
    const light = await pixelsOf('Held by Ringside')
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect.poll(() => pixelsOf('Held by Ringside')).not.toBe(light)
    if (process.env.SHOW_PAGES) await shoot(page, 'memory-dark')
    await page.emulateMedia({ colorScheme: 'light' })
    if (process.env.SHOW_PAGES) await shoot(page, 'memory-desk')
  })

  it('shows hours and days', async () => {
    await page.getByRole('button', { name: '6 h' }).click()
    await expect.poll(() => chart('Held by Ringside').getAttribute('aria-label')).toMatch(/Reserved 200 MiB/)
    expect(await page.getByRole('button', { name: '6 h' }).getAttribute('aria-pressed')).toBe('true')
  })

  it('fits a phone, and has no console error, CSP violation or request to another host', async () => {
    const phone = await browser.open(PHONE)
    await phone.page.goto(`${server.url}/?token=${TOKEN}#/memory`)
    await phone.page.locator('[data-chart] canvas').first().waitFor()
    await phone.page.waitForTimeout(1500)
    const frames = phone.page.getByRole('region', { name: 'Frames of each stream' })
    expect(await frames.evaluate(box => box.scrollWidth - box.clientWidth)).toBeGreaterThan(0)
    const overhangPx = await phone.page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    )
    expect(overhangPx).toBeLessThanOrEqual(0)
    if (process.env.SHOW_PAGES) await shoot(phone.page, 'memory-phone')
    expect([...desk.faults, ...phone.faults]).toEqual([])
    await phone.page.context().close()
  })

  /** Ten seconds a sample would be thinned by the writer: seconds, as infer takes them, ending now. */
  async function fillTimeline(): Promise<void> {
    const timeline = new MemoryTimeline(server.connection.redis, server.connection.keys)
    const now = Date.now()
    for (let i = SAMPLES - 1; i >= 0; i--) {
      const wave = Math.round(20 * Math.sin(i / 12)) * MIB
      await timeline.add(memorySample({ atMs: now - i * 1000, processBytes: 260 * MIB + wave }))
    }
  }

  function report(allocations: Allocation[]): Promise<void> {
    const held: AllocationReport = {
      stage: 'infer',
      instance: 'infer-of-the-test',
      pid: process.pid,
      atMs: Date.now(),
      allocations,
    }
    return new Allocations(server.connection.redis, server.connection.keys).write(held)
  }

  /** Received, inferred, each reason that occurs, in flight, residual. */
  async function frameRow(row: string): Promise<number[]> {
    const cells = await page.locator(`${row} td`).allTextContents()
    return cells.map(text => Number(text.replaceAll(',', '')))
  }

  /** Pixels of the lines that are not of the ground. */
  function inkOf(title: string): Promise<number> {
    return chart(title)
      .locator('canvas')
      .evaluate(canvas => {
        const { width, height } = canvas as HTMLCanvasElement
        const { data } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height)
        return data.filter((value, i) => i % 4 === 3 && value > 0).length
      })
  }

  function pixelsOf(title: string): Promise<string> {
    return chart(title)
      .locator('canvas')
      .evaluate(canvas => (canvas as HTMLCanvasElement).toDataURL())
  }

  async function shoot(of: Page, file: string): Promise<void> {
    await of.screenshot({ path: `${process.env.SHOW_PAGES}/${file}.png`, fullPage: true })
  }
})

function heap(mib: number): Allocation {
  return { kind: 'heap', owner: 'process', where: 'host', count: 1, bytes: mib * MIB, exact: true }
}

function weights(model: string, mib: number): Allocation {
  return { kind: 'weights', owner: `model ${model}`, where: 'host', count: 1, bytes: mib * MIB, exact: true }
}

function decoder(stream: string, mib: number): Allocation {
  return {
    kind: 'decoder',
    owner: `stream ${stream}`,
    where: 'host',
    count: 1,
    bytes: mib * MIB,
    exact: true,
  }
}
