/** The catalogue: models with a permissive licence that Ringside fetches and verifies when they are asked for. */
import type { CatalogueList, JobView } from '../../../shared/api/views.js'
import { formatBytes } from '../words/format.js'
import { inputSize, type ModelGroup } from '../words/model.js'
import { PullModel } from './pull-model.js'

type Entry = CatalogueList['models'][number]

interface Props {
  entries: readonly Entry[]
  /** What needs no pulling. */
  here: readonly ModelGroup[]
  jobs: readonly JobView[]
}

export function Catalogue({ entries, here, jobs }: Props) {
  const names = new Set(here.map(({ base }) => base))
  return (
    <section aria-labelledby="catalogue-title">
      <h2 id="catalogue-title">Catalogue</h2>
      <p class="hint">
        A pull fetches the file from its project, holds it to its digest, and goes on where it broke off.
      </p>
      {entries.length === 0 && <p class="hint">No infer process has told its catalogue yet.</p>}
      <div class="tiles">
        {entries.map(entry => (
          <CatalogueEntry key={entry.name} entry={entry} isHere={names.has(entry.name)} jobs={jobs} />
        ))}
      </div>
    </section>
  )
}

function CatalogueEntry(props: { entry: Entry; isHere: boolean; jobs: readonly JobView[] }) {
  const { entry, isHere, jobs } = props
  return (
    <article class="panel model" data-catalogue={entry.name} aria-label={`${entry.title} of the catalogue`}>
      <div class="panel-head">
        <h3>{entry.title}</h3>
        <code>{entry.name}</code>
      </div>
      <dl class="facts">
        <dt>Family</dt>
        <dd>{entry.family}</dd>
        <dt>Input</dt>
        <dd>{inputSize({ widthPx: entry.inputWidthPx, heightPx: entry.inputHeightPx })}</dd>
        <dt>Published mAP@50:95</dt>
        <dd>
          {entry.publishedMap ? (
            <Source href={entry.publishedMap.source}>{`${entry.publishedMap.percent.toFixed(1)} %`}</Source>
          ) : (
            '–'
          )}
        </dd>
        <dt>File</dt>
        <dd>{entry.bytes === null ? '–' : formatBytes(entry.bytes)}</dd>
        <dt>Licence</dt>
        <dd>
          <Source href={entry.licence.source}>{entry.licence.spdx}</Source>
        </dd>
      </dl>
      {entry.notes !== undefined && <p class="hint">{entry.notes}</p>}
      {entry.sha256 === null && !isHere ? (
        <p class="hint">
          Nobody states this file’s digest, so it is not pulled from here: see{' '}
          <code>ringside model pull {entry.name}</code>.
        </p>
      ) : (
        <PullModel name={entry.name} isHere={isHere} jobs={jobs} />
      )}
    </article>
  )
}

/** Leaves the dashboard, and tells the other page nothing of it. */
function Source({ href, children }: { href: string; children: string }) {
  return (
    <a href={href} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  )
}
