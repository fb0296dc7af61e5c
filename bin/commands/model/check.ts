/** `ringside model check`: how accurate a model is on labelled pictures, through the very path that streams take. */
import type { Command } from 'commander'
import { loadConfig } from '../../../config/load.js'
import { openDevice } from '../../../infer/engine/open-device.js'
import { Detector } from '../../../infer/evaluate/detector.js'
import { plainPrecision } from '../../../infer/model/resolve.js'
import { monotonicMs } from '../../../shared/clock.js'
import { type CheckResult, checkReport, checkResultOf } from '../../model/check-report.js'
import { judge } from '../../model/judge.js'
import { type JudgeCommandOptions, withJudgeOptions } from '../../model/judge-options.js'
import { judgingDevice, kindOf } from '../../model/judging-device.js'
import { labelledFrames } from '../../model/labelled-frames.js'
import { startProgress } from '../../model/progress.js'
import { detectorSettings, nmsSettings, prepareVariant } from '../../model/variant.js'
import { printJson, printLine } from '../../output/print.js'
import { examples } from '../help.js'
import { modelAction } from './action.js'

export function addModelCheck(model: Command): void {
  withJudgeOptions(model.command('check'))
    .argument('<name>', 'a model, or a path of one; with @fp16 or @int8 in that precision')
    .description('measure a model’s accuracy (COCO mAP) on labelled pictures')
    .addHelpText(
      'after',
      examples(
        'ringside model check ringside-nano --images ~/coco128',
        'ringside model check yolox-nano@int8 --images ~/val2017 --labels ~/instances_val2017.json --json',
      ),
    )
    .action(
      modelAction(async (name: string, options: JudgeCommandOptions) => {
        const result = await check(name, options)
        if (options.json) printJson(result)
        else printLine(checkReport(result))
      }),
    )
}

async function check(name: string, options: JudgeCommandOptions): Promise<CheckResult> {
  const config = loadConfig()
  const request = judgingDevice(options, config)
  const kind = kindOf(request.choice)
  const plain = plainPrecision(config.model.precision, kind)
  const model = await prepareVariant(name, options, config, kind, plain)
  const frames = await labelledFrames(options, model, config)
  const nms = nmsSettings(options, config)
  const settings = { ...detectorSettings(model, config, kind), buckets: [1] }
  const device = openDevice(request)
  const detector = await Detector.open(model, device.createEngine(), settings)
  const progress = startProgress(model.name, frames.pictures.length)
  try {
    const startedAt = monotonicMs()
    const [verdict] = await judge([detector], frames, nms, progress.at)
    const seconds = (monotonicMs() - startedAt) / 1000
    return checkResultOf({
      model,
      frames,
      nms,
      verdict: verdict!,
      seconds,
      threads: settings.threads,
      engine: `${detector.info.engine} on ${detector.info.device}`,
    })
  } finally {
    progress.end()
    await detector.close()
    await device.close()
  }
}
