/** The options of every command that judges models on labelled pictures. */
import type { Command } from 'commander'
import { numberBetween, withJson } from '../commands/connect.js'
import { type EngineOption, withEngineOption } from './judging-device.js'
import type { ImagesOptions } from './labelled-frames.js'
import type { JudgeOptions } from './variant.js'

export type JudgeCommandOptions = ImagesOptions & JudgeOptions & EngineOption & { json?: boolean }

/** Of COCO's convention: what streams never publish counts too, as the tail of the precision curve. */
const LEAST_SCORE = 0.001
/** At that score 300 candidates would cut the tail off: measured, 0.4 points of a YOLOv8n; 1000 cost 0.02. */
const MAX_CANDIDATES = 1000

export function withJudgeOptions(command: Command): Command {
  return withEngineOption(withJson(command))
    .requiredOption('--images <folder>', 'pictures with labels: YOLO text files or a COCO file')
    .option('--labels <path>', 'the COCO file or the folder of YOLO labels, where it is not found by itself')
    .option('--limit <n>', 'the first n pictures only', wholeBetween(1, 1_000_000))
    .option('--min-score <score>', 'the least score that counts', numberBetween(0, 1), LEAST_SCORE)
    .option(
      '--nms-iou <iou>',
      'overlap above which two boxes are one object (else model.nmsIou, as for streams; 0.65 is usual for mAP)',
      numberBetween(0, 1),
    )
    .option(
      '--max-candidates <n>',
      'boxes a frame before suppression (streams: 300)',
      wholeBetween(1, 100_000),
      MAX_CANDIDATES,
    )
}

function wholeBetween(minimum: number, maximum: number): (text: string) => number {
  const parse = numberBetween(minimum, maximum)
  return text => Math.trunc(parse(text))
}
