/** A real Chromium, headless, that reports what a person at its console would see. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

export const chromiumPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface WatchedPage {
  page: Page
  /** Console errors, uncaught exceptions, CSP violations and requests to other hosts, in words; empty when all is well. */
  faults: readonly string[]
}

export interface TestBrowser {
  /** A page with storage of its own. */
  open(options?: BrowserContextOptions): Promise<WatchedPage>
  close(): Promise<void>
}

/** Each launch has a fresh profile, deleted with it. */
export async function launchBrowser(): Promise<TestBrowser> {
  const browser: Browser = await chromium.launch({
    executablePath: chromiumPath,
    headless: true,
    args: flags,
  })
  return {
    async open(options = {}): Promise<WatchedPage> {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
      return watch(await context.newPage())
    },
    close: () => browser.close(),
  }
}

function watch(page: Page): WatchedPage {
  const faults: string[] = []
  let ownHost: string | null = null
  page.on('pageerror', error => faults.push(`uncaught: ${error.message}`))
  page.on('console', message => {
    // Chromium writes a line for each answer of 4xx and 507; what the page makes of it is what tests look at.
    const isRefusal = message.location().url.includes('/api/') && /status of (4\d\d|507)/.test(message.text())
    if (message.type() === 'error' && !isRefusal) faults.push(`console: ${message.text()}`)
  })
  page.on('request', request => {
    const url = new URL(request.url())
    if (url.protocol === 'blob:' || url.protocol === 'data:') return
    ownHost ??= url.host
    if (url.host !== ownHost) faults.push(`request to another host: ${request.url()}`)
  })
  return { page, faults }
}

/** A headless page is never hidden by itself: the document is made to say so, as a browser does when its tab is left. */
export function setVisibility(page: Page, state: 'visible' | 'hidden'): Promise<void> {
  return page.evaluate(value => {
    Object.defineProperty(document, 'visibilityState', { value, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }, state)
}
