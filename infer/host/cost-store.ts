/** What engines were measured to take on this machine: a small JSON file beside the prepared models. Read once, written whole. */
import fs from 'node:fs'
import path from 'node:path'
import type { Log } from '../../shared/log.js'
import type { PreparedModel } from '../model/prepared-model.js'

/** Key → bytes. */
type Costs = Record<string, number>

/**
 * Names a way to load a model: the same file in other buckets, on another device or with other options takes other memory.
 * @param fingerprint of the device and its options.
 */
export function costKey(
  fingerprint: string,
  { digest, precision }: Pick<PreparedModel, 'digest' | 'precision'>,
  buckets: readonly number[],
): string {
  return `${fingerprint}-${digest}-${precision}-${buckets.join('.')}`
}

export class CostStore {
  readonly #file: string
  readonly #costs: Costs

  constructor(folder: string, log: Log) {
    this.#file = path.join(folder, 'costs.json')
    this.#costs = readCosts(this.#file, log)
  }

  /** null where the model never was loaded here. */
  find(key: string): number | null {
    return this.#costs[key] ?? null
  }

  keep(key: string, engineBytes: number): void {
    this.#costs[key] = engineBytes
    fs.mkdirSync(path.dirname(this.#file), { recursive: true })
    const fresh = `${this.#file}.${process.pid}.new`
    fs.writeFileSync(fresh, `${JSON.stringify(this.#costs, null, 2)}\n`)
    fs.renameSync(fresh, this.#file)
  }
}

/** A file that cannot be used costs estimates instead of measurements, and is written anew. */
function readCosts(file: string, log: Log): Costs {
  const costs: Costs = Object.create(null)
  if (!fs.existsSync(file)) return costs
  try {
    const read: unknown = JSON.parse(fs.readFileSync(file, 'utf8'))
    for (const [key, bytes] of Object.entries(read ?? {}))
      if (typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0) costs[key] = bytes
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    log.warn({ file }, 'the measured costs of models cannot be read; they are measured again')
  }
  return costs
}
