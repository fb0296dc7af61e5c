/** `ringside gpu budget`: what a device may promise, what it has promised, and to whom; and changes it. */
import type { Command } from 'commander'
import type { BudgetView, DeviceList } from '../../../shared/api/views.js'
import { amountText, resourceName } from '../../../shared/budget/refusal-text.js'
import { resources } from '../../../shared/budget/resources.js'
import { RingsideError } from '../../../shared/errors.js'
import type { Rest } from '../../client/rest.js'
import { printJson, printLine } from '../../output/print.js'
import { fields, table } from '../../output/table.js'
import { type ConnectOptions, connect, numberBetween, withConnection, withJson } from '../connect.js'
import { examples } from '../help.js'

type Options = ConnectOptions & { json?: boolean } & Record<string, unknown>

/** For commander: `default` takes an override away. */
const orDefault = (parse: (text: string) => number) => (text: string) =>
  text === 'default' ? null : parse(text)

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
    .option('--max-streams <n>', 'streams on the device', orDefault(numberBetween(0, 4096)))
    .option(
      '--batch-window-ms <ms>',
      'how long a batch may wait to be filled',
      orDefault(numberBetween(0, 1000)),
    )
    .option('--latency-target-ms <ms>', 'what a plan aims at', orDefault(numberBetween(1, 60_000)))
    .addHelpText('after', examples('ringside gpu budget', 'ringside gpu budget cuda-0 --utilisation 0.8'))
    .action(budget)
}

async function budget(id: string | undefined, options: Options): Promise<void> {
  const { url: _, token: __, json, ...change } = options
  const { rest } = connect(options)
  const path = `/gpus/${encodeURIComponent(id ?? (await onlyDevice(rest)))}/budget`
  const changes = Object.keys(change).length > 0
  const view = changes ? await rest.send<BudgetView>('PATCH', path, change) : await rest.get<BudgetView>(path)
  if (json) printJson(view)
  else printLine(describe(view))
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

function describe({ device, settings, overrides, limits, used, reservations }: BudgetView): string {
  const changed = new Set(Object.keys(overrides))
  const facts = Object.entries(settings).map(
    ([key, value]) => [key, `${value ?? 'none'}${changed.has(key) ? ' (changed)' : ''}`] as const,
  )
  const rows = resources
    .filter(resource => limits[resource] !== null || used[resource] > 0)
    .map(resource => {
      const limit = limits[resource]
      const of = (amount: number): string => amountText(resource, amount)
      const free = limit === null ? '–' : of(Math.max(0, limit - used[resource]))
      return [resourceName(resource), of(used[resource]), free, limit === null ? 'no limit' : of(limit)]
    })
  const holders = reservations.map(({ holder, model, own, basis, priority }) => [
    holder,
    model ?? '–',
    String(priority),
    amountText('computePpm', own.computePpm),
    amountText('hostBytes', own.hostBytes),
    amountText('deviceBytes', own.deviceBytes),
    basis,
  ])
  return [
    fields([['device', device], ...facts]),
    table(['OF', 'PROMISED', 'FREE', 'LIMIT'], rows),
    table(['HOLDER', 'MODEL', 'PRIORITY', 'TIME', 'HOST', 'DEVICE', 'BASIS'], holders),
  ].join('\n\n')
}
