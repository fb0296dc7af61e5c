/** `ringside up`: runs the supervisor until Ctrl-C, SIGTERM or a lasting fault, and says where the dashboard is. */
import { loadConfig } from '../../config/load.js'
import { monotonicMs } from '../../shared/clock.js'
import { ExitCode } from '../exit-codes.js'
import { canBind } from './bound-process.js'
import { createOutput, type Output } from './output.js'
import { waitUntilOk } from './readiness.js'
import { type Running, Supervisor } from './supervisor.js'

export type { Running }

/** What runs beside the stages (the demo's cameras), from the first answer of publish until the stages stop. */
export type Companion = (
  running: Running,
  output: Output,
  stopping: AbortSignal,
) => Promise<() => Promise<void>>

/** @returns the exit code. @throws RingsideError where it could not start, or had to stop. */
export async function runUp(companion?: Companion): Promise<ExitCode> {
  const config = loadConfig()
  const output = createOutput(process.stdout, config.log.level)
  const supervisor = new Supervisor(config, output)
  const releaseSignals = handleSignals(supervisor, output)
  let endCompanion: (() => Promise<void>) | undefined
  try {
    if (!canBind())
      output.warn(
        'setpriv (package util-linux) is not here: kill -9 of this process would leave the stages running',
      )
    const begunMs = monotonicMs()
    const running = await supervisor.start()
    if (running) {
      announce(output, running, config.server.token !== '')
      endCompanion = await companion?.(running, output, supervisor.stopping)
      void tellReady(supervisor, output, running, begunMs)
    }
    await aborted(supervisor.stopping)
  } finally {
    await endCompanion?.()
    await supervisor.close()
    releaseSignals()
  }
  if (supervisor.failure) throw supervisor.failure
  output.info('Ringside stopped')
  return ExitCode.OK
}

/** A token that the operator chose is known to them, and stays out of the log. */
function announce(output: Output, { url, token }: Running, chosen: boolean): void {
  if (chosen) output.announce(`${url}/`, 'The dashboard asks for the token that you set:')
  else output.announce(`${url}/?token=${token}`, 'The dashboard, with its access token:')
}

async function tellReady(
  supervisor: Supervisor,
  output: Output,
  { url }: Running,
  begunMs: number,
): Promise<void> {
  if (await waitUntilOk(`${url}/readyz`, supervisor.stopping))
    output.info(`All stages are ready after ${((monotonicMs() - begunMs) / 1000).toFixed(1)} s`)
}

function handleSignals(supervisor: Supervisor, output: Output): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    if (supervisor.stopping.aborted) {
      supervisor.kill()
      process.exit(signal === 'SIGINT' ? 130 : 143)
    }
    output.info('Stopping; once more kills at once')
    supervisor.stop()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
