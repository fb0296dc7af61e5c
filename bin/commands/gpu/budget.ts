/** `ringside gpu budget`: what a device may promise, what it has promised, and to whom; and changes it. */
import type { Command } from 'commander'
import type { BudgetView, DeviceList } from '../../../shared/api/views.js'
import { RingsideError } from '../../../shared/errors.js'
import type { Rest } from '../../client/rest.js'
import { budgetText } from '../../output/budget.js'
import { printJson, printLine } from '../../output/print.js'
import {
  type ConnectOptions,
  connect,
  numberBetween,
  wholeBetween,
  withConnection,
  withJson,
} from '../connect.js'
import { examples } from '../help.js'
import { orWord, withNulls } from '../unset.js'

type Options = ConnectOptions & { json?: boolean } & Record<string, unknown>

const orDefault = (parse: (text: string) => number) => orWord('default', parse)

export function addGpuBudget(gpu: Command): void {
  withJson(withConnection(gpu.command('budget').argument('[id]', 'a device that `ringside gpu ls` shows')))
    .description('show the budget of a device, or change it; `default` takes a change back')
    .option(
      '--memory-fraction <share>',
      'of its memory, what may be promised',
      orDefault(numberBetween(0.01, 1)),
    )
    .option('--reserve-fraction <share>', 'of that, what is kept free', orDefault(numberBetween(0, 0.9)))
    .option(
      '--utilisation <share>',
      'of the engine’s time, what may be promised',
      orDefault(numberBetween(0.01, 1)),
    )
    .option('--max-streams <n>', 'streams on the device', orDefault(wholeBetween(0, 4096)))
    .option(
      '--batch-window-ms <ms>',
      'how long a batch may wait to be filled',
      orDefault(numberBetween(0, 1000)),
    )
    .option('--latency-target-ms <ms>', 'what a plan aims at', orDefault(wholeBetween(1, 60_000)))
    .addHelpText(
      'after',
      examples(
        'ringside gpu budget',
        'ringside gpu budget cuda-0 --utilisation 0.8',
        'ringside gpu budget cuda-0 --utilisation default',
      ),
    )
    .action(budget)
}

async function budget(id: string | undefined, options: Options): Promise<void> {
  const { url: _, token: __, json, ...change } = options
  const { rest } = connect(options)
  const path = `/gpus/${encodeURIComponent(id ?? (await onlyDevice(rest)))}/budget`
  const changes = Object.keys(change).length > 0
  const view = changes
    ? await rest.send<BudgetView>('PATCH', path, withNulls(change))
    : await rest.get<BudgetView>(path)
  if (json) printJson(view)
  else printLine(budgetText(view))
}

async function onlyDevice(rest: Rest): Promise<string> {
  const { gpus } = await rest.get<DeviceList>('/gpus')
  const [one, ...others] = gpus
  if (one && others.length === 0) return one.id
  throw new RingsideError(
    one ? 'invalid_request' : 'infer_unavailable',
    one ? 'There are several devices.' : 'No infer process runs.',
    {
      key: 'id',
      remedy: one ? `Name one: ${gpus.map(gpu => gpu.id).join(', ')}.` : '`ringside up` starts one.',
    },
  )
}
