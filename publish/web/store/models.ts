/** The models that streams may name, those that can be pulled, and the work that is done on them. */
import type { CatalogueList, JobView, ModelView } from '../../../shared/api/views.js'
import { ringside } from '../api/ringside.js'
import { hasEnded } from '../words/job.js'
import { createPoll } from './poll.js'

export const models = createPoll<ModelView[]>(async () => (await ringside.models()).models, 4000)

/** It changes with the release, or with the settings. */
export const catalogue = createPoll<CatalogueList['models']>(
  async () => (await ringside.catalogue()).models,
  60_000,
)

/** Newest first. A job that has just ended may have changed which models there are. */
export const jobs = createPoll<JobView[]>(async () => {
  const list = (await ringside.jobs()).jobs
  const ended = list.filter(hasEnded).length
  if (endedBefore !== null && ended !== endedBefore) void models.refresh()
  endedBefore = ended
  return list
}, 1000)
let endedBefore: number | null = null
