/**
 * Budgets under a whole Ringside: `node dist/test/bench/budgets/proof/main.js --clip CLIP.h264 [--model NAME --second NAME …]`. Exits 1 where
 * a claim does not hold. A table of contents:
 *
 *   options   the command line                   churn     streams that come, change and go; models that do
 *   town      stages, cameras, a client          lower     a budget below what runs: who gives way, in which order
 *   still     memory before and after            plan      what the plan says fits, beside what was measured to
 */
import { check, end, judged, writeJson } from '../../gpu/outcome.js'
import { churnModels, churnStreams } from './churn.js'
import { lowerBudget } from './lower.js'
import { optionsOf } from './options.js'
import { planOf } from './plan.js'
import { holdStill, stillChecks } from './still.js'
import { openTown } from './town.js'

const options = optionsOf(process.argv.slice(2))

await end(async () => {
  const town = await openTown(options)
  try {
    await town.settle()
    const plan = await planOf(town, options)
    const before = await holdStill(town)
    const streams = await churnStreams(town, options)
    await town.settle()
    const afterStreams = await holdStill(town)
    const models = options.second === null ? null : await churnModels(town, options)
    await town.settle()
    const afterModels = await holdStill(town)
    const lowered = await lowerBudget(town)
    writeJson('budgets', {
      options,
      plan: plan.plan,
      before,
      streams,
      afterStreams,
      models,
      afterModels,
      lowered: lowered.told,
    })
    return judged([
      ...plan.checks,
      check('every change of a stream was answered', streams.failures.length === 0, streams.told),
      ...stillChecks('after the streams', before, afterStreams),
      ...(models
        ? [
            check('every change of a model was made', models.failures.length === 0, models.told),
            ...stillChecks('after the models', afterStreams, afterModels),
          ]
        : []),
      ...lowered.checks,
      check(
        'no process ended',
        town.ended().length === 0,
        town.ended().join('; ') || 'the three of the start still run',
      ),
    ])
  } finally {
    await town.close()
  }
})
