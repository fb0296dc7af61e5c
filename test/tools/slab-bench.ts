/** A slab of one ring, and processes that write and read it until they are killed. For one test: nothing of it outlives `close`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sleep } from '../../shared/clock.js'
import type { FrameBalance } from '../../shared/frame/balance.js'
import { SlabReader } from '../../shared/slab/lease.js'
import { RingWriter } from '../../shared/slab/ring-writer.js'
import type { Slab } from '../../shared/slab/slab.js'
import { createTempSlab, type TempSlab } from './temp-slab.js'

const SLOTS = [0, 1, 2, 3]

export class SlabBench {
  readonly #temp: TempSlab
  readonly #children: ChildProcess[] = []
  #closed = false

  constructor() {
    this.#temp = createTempSlab({ slotCount: SLOTS.length, rowCount: 1, widthPx: 32, heightPx: 32 })
  }

  /** @throws Error when it is closed: a test that timed out goes on, and must not touch what is unmapped. */
  get slab(): Slab {
    if (this.#closed) throw new Error('the test is over')
    return this.#temp.slab
  }

  /** @param mixed some frames are refused or abandoned. */
  startWriter(frames: number, firstSeq: number, ...mixed: 'mixed'[]): ChildProcess {
    return this.#start('slab-writer', 'gate', String(frames), String(firstSeq), ...mixed)
  }

  startReader(): ChildProcess {
    return this.#start('slab-reader')
  }

  /** Some milliseconds after it has brought `frames` more, however long its start takes. */
  async killLater(child: ChildProcess, frames: number, count: () => number): Promise<void> {
    const enough = count() + frames
    while (this.slab && count() < enough) await sleep(1)
    await sleep(Math.random() * 20)
    await killed(child)
  }

  /** As the next process would. */
  takeRing(): RingWriter {
    return new RingWriter(this.slab, { row: 0, slots: SLOTS }, { id: 'gate', incarnation: 1 }, 2000)
  }

  takeSlab(): SlabReader {
    const reader = new SlabReader(this.slab, 2000)
    reader.takeOver()
    return reader
  }

  balance(): FrameBalance {
    return new SlabReader(this.slab, 2000).ledgers[0]!.balance()
  }

  close(): void {
    this.#closed = true
    for (const child of this.#children) child.kill('SIGKILL') // of a test that failed
    this.#temp.close()
  }

  #start(name: string, ...args: string[]): ChildProcess {
    const file = fileURLToPath(new URL(`../../dist/test/tools/${name}.js`, import.meta.url))
    const argv = [file, this.slab && this.#temp.path, ...args]
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'inherit', 'inherit'] })
    this.#children.push(child)
    return child
  }
}

export async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** Resolves when it stands still: a signal is sent, not delivered. */
export async function stopped(child: ChildProcess): Promise<void> {
  child.kill('SIGSTOP')
  while (!/^\d+ \(.*\) T/.test(fs.readFileSync(`/proc/${child.pid}/stat`, 'utf8'))) await sleep(1)
}
