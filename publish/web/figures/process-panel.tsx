/** One process: whether it is ready, its CPU and memory over the last minutes, and what only its stage knows. */
import type { ProcessReport } from '../../../shared/process/report.js'
import { Badge } from '../shell/badge.js'
import { processHistory } from '../store/processes.js'
import { formatBytes, formatCount, formatDuration, formatShare } from '../words/format.js'
import { Chart } from './chart.js'
import { Fact } from './fact.js'

export function ProcessPanel({ report }: { report: ProcessReport }) {
  const history = processHistory(report.instance)
  return (
    <article class="panel" data-process={report.stage}>
      <div class="panel-head">
        <h3>{report.stage}</h3>
        <Badge tone={report.ready ? 'good' : 'bad'} word={report.ready ? 'Ready' : 'Not ready'} />
      </div>
      {report.notReady && <p class="state-sentence">{report.notReady}</p>}
      <Chart samples={history?.cpu.samples ?? []} label="CPU, of one core" format={formatShare} />
      {report.detail.stage === 'ingest' && (
        <Chart samples={history?.decoderCpu.samples ?? []} label="CPU of its decoders" format={formatShare} />
      )}
      <Chart samples={history?.residentBytes.samples ?? []} label="Resident memory" format={formatBytes} />
      <dl class="facts">
        <dt>JavaScript heap</dt>
        <dd>{formatBytes(report.heapUsedBytes)}</dd>
        <dt>Version</dt>
        <dd>{report.version}</dd>
        <dt>Runs for</dt>
        <dd>{formatDuration(report.atMs - report.startedAtMs)}</dd>
        <dt>Process</dt>
        <dd>
          pid {report.pid} on {report.host}
        </dd>
        {stageFacts(report.detail).map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
      </dl>
    </article>
  )
}

function stageFacts(detail: ProcessReport['detail']): [name: string, value: string][] {
  switch (detail.stage) {
    case 'ingest':
      return [
        ['Decoders', formatCount(detail.decoders)],
        ['Decoders’ memory', formatBytes(detail.decoderResidentBytes)],
        ['FFmpeg', detail.ffmpeg],
      ]
    case 'infer':
      return [
        ['Batches', formatCount(detail.batches)],
        ['Frames inferred', formatCount(detail.framesInferred)],
        ['Model input', `${detail.inputWidthPx} × ${detail.inputHeightPx}`],
      ]
    case 'publish':
      return [
        ['WebSocket clients', formatCount(detail.webSocketClients)],
        ['Messages sent', formatCount(detail.messagesSent)],
        ['Messages lost', formatCount(detail.messagesLost)],
      ]
  }
}
