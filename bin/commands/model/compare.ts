/** `ringside model compare`: a model in fp32, fp16 and int8 side by side, and which one to take on this machine. */
import type { Command } from 'commander'
import { loadConfig } from '../../../config/load.js'
import { type CompareOptions, compare } from '../../model/compare.js'
import { choiceOf, compareReport } from '../../model/compare-report.js'
import { withJudgeOptions } from '../../model/judge-options.js'
import { printJson, printLine } from '../../output/print.js'
import { numberBetween } from '../connect.js'
import { examples } from '../help.js'
import { modelAction } from './action.js'

export function addModelCompare(model: Command): void {
  withJudgeOptions(model.command('compare'))
    .argument(
      '<name>',
      'a model, or a path of one; int8 must have been calibrated with `ringside model quantize`',
    )
    .option('--rounds <n>', 'how often speeds are measured, in turns', numberBetween(1, 1000), 12)
    .option('--max-loss <points>', 'of mAP@50:95, that speed may cost', numberBetween(0, 100), 1)
    .description('compare a model’s precisions: file, memory, speed, accuracy; and say which to take')
    .addHelpText(
      'after',
      examples(
        'ringside model compare yolox-nano --images ~/coco128',
        'ringside model compare yolox-nano --images ~/coco128 --max-loss 2 --json',
      ),
    )
    .action(
      modelAction(async (name: string, options: CompareOptions) => {
        const comparison = await compare(name, options, loadConfig())
        const choice = choiceOf(comparison, options.maxLoss)
        if (options.json) printJson({ ...comparison, choice })
        else printLine(compareReport(comparison, choice))
      }),
    )
}
