/** `ringside model profile`: what a model takes of this machine, measured: memory and time of each bucket, and the budget table. */
import type { Command } from 'commander'
import { loadConfig } from '../../../config/load.js'
import type { JobView, ModelProfiles } from '../../../shared/api/views.js'
import type { ModelProfile } from '../../../shared/budget/profile.js'
import { sleep } from '../../../shared/clock.js'
import { type ErrorCode, errorTable, RingsideError } from '../../../shared/errors.js'
import type { Rest } from '../../client/rest.js'
import { type EngineOption, withEngineOption } from '../../model/judging-device.js'
import { profileHere } from '../../model/profile-here.js'
import { profileReport } from '../../model/profile-report.js'
import { printJson, printLine } from '../../output/print.js'
import { createProgress, type Progress } from '../../output/progress.js'
import { type ConnectOptions, connect, withConnection, withJson } from '../connect.js'
import { examples } from '../help.js'
import { endingSignal, modelAction } from './action.js'

interface ProfileOptions extends ConnectOptions, EngineOption {
  json?: boolean
  again?: boolean
  here?: boolean
}

const POLL_MS = 500

export function addModelProfile(model: Command): void {
  withEngineOption(withJson(withConnection(model.command('profile'))))
    .argument('<name>', 'a model, with @fp16 or @int8 where that precision is meant')
    .option('--again', 'measure anew, though there is a profile')
    .option('--here', 'measure in this process, as --engine does too; nothing is stored')
    .description('measure what a model takes of this machine: memory and time of each batch size')
    .addHelpText(
      'after',
      examples('ringside model profile ringside-nano', 'ringside model profile yolov8n --json'),
    )
    .action(
      modelAction(async (name: string, options: ProfileOptions) => {
        const profile = await profileOf(name, options)
        if (options.json) printJson(profile)
        else printLine(profileReport(profile))
      }),
    )
}

/** That of a Ringside that runs, measured by it where there is none yet; without one it is measured here. */
async function profileOf(name: string, options: ProfileOptions): Promise<ModelProfile> {
  const progress = createProgress(options.json === true)
  const here = (): Promise<ModelProfile> => profileHere(name, options, loadConfig(), progress, endingSignal())
  if (options.here || options.engine) return here()
  try {
    return await storedProfile(connect(options).rest, name, options.again === true, progress)
  } catch (error) {
    if (error instanceof RingsideError && error.code === 'not_running') return here()
    throw error
  }
}

async function storedProfile(
  rest: Rest,
  name: string,
  again: boolean,
  progress: Progress,
): Promise<ModelProfile> {
  const at = `/models/${encodeURIComponent(name)}/profile`
  const stored = async (): Promise<ModelProfile | undefined> =>
    (await rest.get<ModelProfiles>(at)).profiles[0]
  const known = again ? undefined : await stored()
  return known ?? ((await jobDone(rest, await rest.send<JobView>('POST', at), progress)) as ModelProfile)
}

/** @returns its result. @throws RingsideError that the job met. */
async function jobDone(rest: Rest, begun: JobView, progress: Progress): Promise<unknown> {
  let job = begun
  while (job.endedAt === null && job.problem === null) {
    await sleep(POLL_MS)
    job = await rest.get<JobView>(`/jobs/${job.id}`)
    if (job.progress) progress.report(job.progress)
  }
  progress.end()
  if (job.problem === null) return job.result
  const { code, detail, remedy } = job.problem
  const known = Object.hasOwn(errorTable, code) ? (code as ErrorCode) : 'job_failed'
  throw new RingsideError(known, detail, { ...(remedy !== undefined && { remedy }) })
}
