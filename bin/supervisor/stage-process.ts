/** One stage under supervision: started, started again with back-off when it ends, stopped when asked. */
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { monotonicMs } from '../../shared/clock.js'
import { RingsideError } from '../../shared/errors.js'
import { compiledModule } from '../../shared/process/compiled.js'
import type { Stage } from '../../shared/process/report.js'
import { endProcess, signalGroup, spawnBound } from './bound-process.js'
import { faultOf } from './log-line.js'
import type { Output } from './output.js'
import { decideRestart, noFailures, type RestartHistory } from './restart-policy.js'

const command = fileURLToPath(compiledModule(import.meta.url, '../ringside.js'))

export class StageProcess {
  readonly stage: Stage
  readonly #environment: NodeJS.ProcessEnv
  readonly #output: Output
  readonly #onGiveUp: (error: RingsideError) => void
  #child: ChildProcess | null = null
  #startedAtMs = 0
  #fault: RingsideError | null = null
  #history: RestartHistory = noFailures
  #restart: NodeJS.Timeout | undefined
  #stopping = false

  /** @param onGiveUp called where starting again is pointless, with what the stage said. */
  constructor(
    stage: Stage,
    environment: NodeJS.ProcessEnv,
    output: Output,
    onGiveUp: (error: RingsideError) => void,
  ) {
    this.stage = stage
    this.#environment = environment
    this.#output = output
    this.#onGiveUp = onGiveUp
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  start(): void {
    if (this.#stopping) return
    this.#fault = null
    this.#startedAtMs = monotonicMs()
    const child = spawnBound(process.execPath, [command, this.stage], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    if (child.stdout)
      this.#output.follow(this.stage, child.stdout, false, line => {
        this.#fault = faultOf(line) ?? this.#fault
      })
    if (child.stderr) this.#output.follow(this.stage, child.stderr, true)
    child.once('error', error => this.#onGiveUp(cannotStart(this.stage, error)))
    // 'close' and not 'exit': its last words have been read by then.
    child.once('close', (code, signal) => this.#onEnd(signal ?? `code ${code}`))
  }

  /** @returns false where it had to be killed. */
  async stop(graceMs: number): Promise<boolean> {
    this.#stopping = true
    clearTimeout(this.#restart)
    return this.#child ? endProcess(this.#child, graceMs) : true
  }

  kill(): void {
    this.#stopping = true
    clearTimeout(this.#restart)
    if (this.#child) signalGroup(this.#child, 'SIGKILL')
  }

  #onEnd(how: string): void {
    if (this.#stopping) return
    const decision = decideRestart(
      this.#history,
      monotonicMs() - this.#startedAtMs,
      this.#fault?.code ?? null,
    )
    if (decision.kind === 'give_up') {
      this.#onGiveUp(this.#fault as RingsideError)
      return
    }
    this.#history = decision.history
    this.#output.warn(`${this.stage} ended (${how}); it starts again in ${decision.delayMs} ms`)
    this.#restart = setTimeout(() => this.start(), decision.delayMs)
  }
}

function cannotStart(stage: Stage, cause: Error): RingsideError {
  return new RingsideError('stage_failed', `${stage} cannot be started: ${cause.message}`, {
    remedy:
      'Is this installation complete? `npm run build` makes dist/, `ringside doctor` looks for the rest.',
    cause,
  })
}
