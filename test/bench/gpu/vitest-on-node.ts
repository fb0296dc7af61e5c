/** What test suites import from `vitest`, on Node's own test runner: so that the very same suite runs on hosts that have nothing else. Loaded in its place by `vitest-hooks.js`. */
import * as runner from 'node:test'
import { JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect'
import * as chai from 'chai'

chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

export const expect = chai.expect

export interface Outcome {
  name: string
  passed: boolean
  skipped: boolean
  ms: number
  error?: string
}

/** In the order in which they ended. */
export const outcomes: Outcome[] = []

type Body = () => unknown

export const beforeAll = (body: Body): void => runner.before(() => body())
export const afterAll = (body: Body): void => runner.after(() => body())
export const beforeEach = (body: Body): void => runner.beforeEach(() => body())
export const afterEach = (body: Body): void => runner.afterEach(() => body())

export const describe = Object.assign(
  (name: string, body: () => void): void => void runner.describe(name, body),
  {
    skipIf: (skip: boolean) => (skip ? describeSkipped : describe),
  },
)

export const it = Object.assign(
  (name: string, body: Body): void => void runner.it(name, () => recorded(name, body)),
  {
    skipIf: (skip: boolean) => (skip ? skipped : it),
    each:
      <Row>(rows: readonly Row[]) =>
      (name: string, body: (row: Row) => unknown): void => {
        for (const row of rows) it(name.replace(/%s|%d|%i/, String(row)), () => body(row))
      },
  },
)

export const test = it

function describeSkipped(name: string): void {
  outcomes.push({ name, passed: false, skipped: true, ms: 0 })
}

function skipped(name: string): void {
  outcomes.push({ name, passed: false, skipped: true, ms: 0 })
}

async function recorded(name: string, body: Body): Promise<void> {
  const startedAt = performance.now()
  const record = (passed: boolean, error?: unknown): void => {
    const ms = Math.round(performance.now() - startedAt)
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    outcomes.push({ name, passed, skipped: false, ms, ...(!passed && { error: text }) })
  }
  try {
    await body()
    record(true)
  } catch (error) {
    record(false, error)
    throw error
  }
}
