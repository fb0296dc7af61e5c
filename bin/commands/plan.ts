/** `ringside plan`: how many cameras fit on this card, what limits them, and what would next. */
import { type Command, Option } from 'commander'
import type { PlanAsked, PlanList } from '../../shared/api/views.js'
import { decoderBackends } from '../../shared/stream/decoder.js'
import { ExitCode } from '../exit-codes.js'
import { planText } from '../output/plan.js'
import { printJson, printLine } from '../output/print.js'
import {
  type ConnectOptions,
  connect,
  numberBetween,
  wholeBetween,
  withConnection,
  withJson,
} from './connect.js'
import { examples } from './help.js'

interface PlanOptions extends ConnectOptions, Omit<PlanAsked, 'latencyTargetMs'> {
  latency?: number
  json?: boolean
}

export function addPlan(program: Command): void {
  withJson(withConnection(program.command('plan')))
    .option('--streams <n>', 'streams that are wanted; without it: how many fit', wholeBetween(0, 100_000))
    .requiredOption('--fps <n>', 'frames a second of each', numberBetween(0.01, 240))
    .option('--resolution <size>', '1080p, 4k, 1280x720 … (1080p where it is not given)')
    .option('--codec <name>', 'what the cameras send, for the record')
    .option('--model <name>', 'the model; the default one where it is not given')
    .addOption(new Option('--decoder <name>', 'what decodes them').choices(decoderBackends))
    .option('--ring-slots <n>', 'slots of each ring', wholeBetween(2, 64))
    .option('--gpu <name>', 'a device that is here, by id or name, or one that stored profiles are of')
    .option('--latency <ms>', 'latency target instead of the budget’s', numberBetween(1, 60_000))
    .option('--beside', 'beside what runs now, instead of on an empty device')
    .description('tell how many streams a device carries, what limits them, and what would next')
    .addHelpText(
      'after',
      examples(
        'ringside plan --streams 40 --fps 15 --resolution 1080p --codec h264 --model yolov8s',
        "ringside plan --fps 10 --json | jq '.plans[].mostStreams'",
      ),
    )
    .action(async (options: PlanOptions) => {
      const { plans } = await connect(options).rest.send<PlanList>('POST', '/plan', askedOf(options))
      const asked = options.streams !== undefined
      if (options.json) printJson({ plans })
      else printLine(plans.map(plan => planText(plan, asked)).join('\n\n'))
      if (!plans.some(({ fits, mostStreams }) => fits && (asked || mostStreams > 0)))
        process.exitCode = ExitCode.CONFLICT
    })
}

function askedOf({ url: _, token: __, json: ___, latency, ...asked }: PlanOptions): PlanAsked {
  return { ...asked, ...(latency !== undefined && { latencyTargetMs: latency }) }
}
