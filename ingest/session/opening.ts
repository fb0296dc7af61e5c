/** The source of a stream, opened from its sealed URL; or why it cannot be used, as the end of an attempt that never was. */
import { messageOf } from '../../shared/errors.js'
import { redactText } from '../../shared/secrets/redact.js'
import type { DesiredStream } from '../../shared/stream/stream.js'
import type { Source } from '../decoder/source.js'
import type { AttemptEnd } from './attempt.js'
import type { SessionHost } from './host.js'

export function openSource(
  host: Pick<SessionHost, 'openSource'>,
  stream: DesiredStream,
): Source | Extract<AttemptEnd, { kind: 'ended' }> {
  try {
    return host.openSource(stream)
  } catch (error) {
    const reason = { code: 'invalid_source', text: redactText(messageOf(error)) } as const
    return { kind: 'ended', reason, crashed: false }
  }
}
