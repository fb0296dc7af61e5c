/** RTSP answers as bytes. */

const reasons: Record<number, string> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  454: 'Session Not Found',
  455: 'Method Not Valid in This State',
  461: 'Unsupported Transport',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'RTSP Version Not Supported',
}

export interface Answer {
  status: number
  headers?: Record<string, string>
  body?: string
}

export function formatAnswer({ status, headers = {}, body }: Answer, cseq?: string): string {
  const lines = [`RTSP/1.0 ${status} ${reasons[status] ?? 'Error'}`]
  if (cseq !== undefined) lines.push(`CSeq: ${cseq}`)
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  if (body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(body)}`)
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`
}
