/** The session description that clients get: FFmpeg's own format lines, with our names and addresses around them. */

/** `a=rtpmap:` and `a=fmtp:` of the video, as FFmpeg wrote them. */
export interface MediaFormat {
  payloadType: number
  attributes: readonly string[]
}

/** null until FFmpeg has printed a whole description. */
export function parseEncoderSdp(printed: string): MediaFormat | null {
  const payloadType = /^m=video \d+ RTP\/AVP (\d+)/m.exec(printed)?.[1]
  const attributes = [...printed.matchAll(/^(a=(?:rtpmap|fmtp):[^\r\n]*)\r?\n/gm)].map(
    match => match[1] as string,
  )
  if (!payloadType || !attributes.some(line => line.startsWith('a=fmtp'))) return null
  return { payloadType: Number(payloadType), attributes }
}

export const TRACK = 'trackID=0'

export function describe(format: MediaFormat, sessionId: number, host: string): string {
  const address = `IN ${host.includes(':') ? 'IP6' : 'IP4'} ${host}`
  return [
    'v=0',
    `o=- ${sessionId} 1 ${address}`,
    's=Ringside simulated camera',
    `c=${address}`,
    't=0 0',
    'a=control:*',
    'a=range:npt=now-',
    `m=video 0 RTP/AVP ${format.payloadType}`,
    ...format.attributes,
    `a=control:${TRACK}`,
    '',
  ].join('\r\n')
}
