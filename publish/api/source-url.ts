/** Judges the address of a camera, and makes the form of it that may be shown. What is wrong with an address is said without showing its password. */
import { RingsideError } from '../../shared/errors.js'
import { shownUrl } from '../../shared/secrets/redact.js'

/** Stands for a value that may hold a password. */
export const HIDDEN = '(hidden: it may hold a password)'

export interface SourceUrl {
  /** With credentials, in the one spelling that every stage parses alike. For the sealer only. */
  clear: string
  shown: string
}

const secretName = '[a-z]*(?:pass|passwd|password|pwd|pw|psw|token|key|secret|auth|user|username|login)'
/** Credentials that cameras take outside of the place for them: `?password=…` */
const secretInQuery = new RegExp(`([?&]${secretName}=)[^&]*`, 'gi')
/** and `/user=admin_password=…_channel=1`, whose parts a `_` separates. */
const secretInPath = new RegExp(`([/&;_]${secretName}=)(?:(?!_[a-z]+=)[^/&;])*`, 'gi')

/** @throws RingsideError `invalid_source_url` */
export function parseSourceUrl(text: string, allowFileSources: boolean): SourceUrl {
  if (hasControlOrSpace(text)) {
    throw invalid(
      'The URL has a space, a newline or a control character in it.',
      HIDDEN,
      'Percent-encode it.',
    )
  }
  const parsed = parse(text)
  const isFile = parsed.protocol === 'file:'
  if (isFile && !allowFileSources) {
    throw invalid(
      'file:// sources are switched off.',
      'file:',
      'The operator may set ingest.allowFileSources.',
    )
  }
  if (!isFile && parsed.protocol !== 'rtsp:' && parsed.protocol !== 'rtsps:') {
    throw invalid(`Sources of the scheme ${parsed.protocol} cannot be read.`, parsed.protocol, SHAPE)
  }
  if (!isFile && !parsed.hostname) throw invalid('The URL has no host.', shownOf(parsed), SHAPE)
  if (!isFile && (parsed.pathname + parsed.search + parsed.hash).includes('@')) {
    // Most likely the rest of a password whose / ? or # was taken for the end of the host: it must not be shown.
    throw invalid('The URL has an @ behind its host.', HIDDEN, `${ENCODE}, and an @ of the path as %40.`)
  }
  if (isFile && (parsed.host || parsed.pathname === '/')) {
    throw invalid('A file:// source is an absolute path of this host.', shownOf(parsed), 'Use file:///path.')
  }
  return { clear: parsed.href, shown: shownOf(parsed) }
}

const SHAPE = 'Use rtsp://user:password@host:port/path or rtsps://…'
const ENCODE = 'Percent-encode / ? # @ and : in a password'

function parse(text: string): URL {
  try {
    return new URL(text)
  } catch {
    throw invalid('This is not a URL.', HIDDEN, `${SHAPE}. ${ENCODE}.`)
  }
}

function hasControlOrSpace(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0) as number
    if (code <= 0x20 || (code >= 0x7f && code <= 0xa0)) return true
  }
  return false
}

function shownOf(url: URL): string {
  const path = url.pathname.replace(secretInPath, '$1(hidden)')
  const query = url.search.replace(secretInQuery, '$1(hidden)')
  return shownUrl(`${url.protocol}//${url.host}${path}${query}`)
}

function invalid(message: string, value: string, remedy: string): RingsideError {
  return new RingsideError('invalid_source_url', message, { key: 'url', value, remedy })
}
