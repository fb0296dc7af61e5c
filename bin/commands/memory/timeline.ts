/** `ringside memory timeline` */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { DeviceList } from '../../../shared/api/views.js'
import { RingsideError } from '../../../shared/errors.js'
import { fragmentationOf, type MemorySample } from '../../../shared/memory/timeline.js'
import type { Rest } from '../../client/rest.js'
import { printJson, printLine } from '../../output/print.js'
import { mebibytes } from '../../output/quantity.js'
import { table } from '../../output/table.js'
import { type ConnectOptions, connect, withConnection, withJson } from '../connect.js'
import { examples } from '../help.js'

interface Options extends ConnectOptions {
  device?: string
  last: number
  every?: number
  json?: boolean
}

const ROWS = 30
const unitMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

export function addTimeline(memory: Command): void {
  withJson(withConnection(memory.command('timeline')))
    .description('memory over time: in use, reserved, fragmentation, process, device, host, shared memory')
    .option('--device <id>', 'which one (default: the only, or the first)')
    .addOption(
      new Option('--last <time>', 'how far back, as 10m, 6h or 7d')
        .argParser(duration)
        .default(600_000, '10m'),
    )
    .option('--every <time>', `a line each, as 10s (default: about ${ROWS} lines)`, duration)
    .addHelpText(
      'after',
      examples('ringside memory timeline --last 6h', 'ringside memory timeline --every 1s --json'),
    )
    .action(async (options: Options) => {
      const { rest } = connect(options)
      const device = options.device ?? (await firstDevice(rest))
      const { samples } = await rest.get<{ samples: MemorySample[] }>(pathOf(device, options))
      if (options.json) printJson({ samples })
      else if (samples.length === 0) printLine(`Nothing is known of ${device} in that time.`)
      else printLine(timelineTable(samples))
    })
}

function pathOf(device: string, { last, every }: Options): string {
  const toMs = Date.now()
  const everyMs = Math.max(1000, Math.round(every ?? last / ROWS))
  const query = { device, from: String(toMs - last), to: String(toMs), everyMs: String(everyMs) }
  return `/memory/timeline?${new URLSearchParams(query)}`
}

async function firstDevice(rest: Rest): Promise<string> {
  const [device] = (await rest.get<DeviceList>('/gpus')).gpus
  if (device) return device.id
  throw new RingsideError('infer_unavailable', 'No infer process runs, so there is no device to look at.', {
    key: '--device',
    remedy: 'Name the device whose past you want, as cpu-0 or cuda-0, or start Ringside.',
  })
}

function timelineTable(samples: readonly MemorySample[]): string {
  const header = [
    'TIME',
    'IN USE',
    'RESERVED',
    'FRAGM.',
    'PROCESS',
    'DEVICE',
    'HOST',
    'SHARED',
    'RINGS',
    'STREAMS',
  ]
  return table(
    header,
    samples.map(sample => [
      new Date(sample.atMs).toISOString().slice(0, 19).replace('T', ' '),
      told(sample.inUseBytes),
      told(sample.reservedBytes),
      percent(fragmentationOf(sample)),
      told(sample.processBytes),
      told(sample.deviceUsedBytes),
      mebibytes(sample.hostUsedBytes),
      mebibytes(sample.shmUsedBytes),
      `${sample.ringSlotsUsed}/${sample.ringSlots}`,
      String(sample.streams),
    ]),
  )
}

function told(bytes: number | null): string {
  return bytes === null ? '–' : mebibytes(bytes)
}

function percent(share: number | null): string {
  return share === null ? '–' : `${Math.round(share * 100)} %`
}

function duration(text: string): number {
  const [, digits, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const ms = Number(digits) * (unitMs[unit ?? ''] ?? Number.NaN)
  if (ms > 0) return ms
  throw new InvalidArgumentError('Give a number and a unit: 30s, 10m, 6h or 7d.')
}
