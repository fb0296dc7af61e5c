/** The Transport header of SETUP: which of the offered ways this server can take. */

export type Transport =
  | { kind: 'tcp'; rtpChannel: number; rtcpChannel: number }
  | { kind: 'udp'; rtpPort: number; rtcpPort: number }

/** The first offer that can be served, or null. A `destination` is not honoured: packets go to whoever asked, and nobody else. */
export function chooseTransport(header: string | undefined): Transport | null {
  for (const offer of (header ?? '').split(',')) {
    const transport = parseOffer(offer.trim())
    if (transport) return transport
  }
  return null
}

function parseOffer(offer: string): Transport | null {
  const [profile = '', ...parameters] = offer.split(';').map(part => part.trim())
  if (parameters.includes('multicast')) return null
  if (profile.toUpperCase() === 'RTP/AVP/TCP') {
    const [rtpChannel, rtcpChannel] = pair(parameters, 'interleaved', 255) ?? [0, 1]
    return { kind: 'tcp', rtpChannel, rtcpChannel }
  }
  if (/^RTP\/AVP(\/UDP)?$/i.test(profile)) {
    const ports = pair(parameters, 'client_port', 65_535)
    return ports && ports[0] > 1023 ? { kind: 'udp', rtpPort: ports[0], rtcpPort: ports[1] } : null
  }
  return null
}

/** "name=4-5" or "name=4": two neighbours, both in range. */
function pair(parameters: readonly string[], name: string, max: number): [number, number] | null {
  const text = parameters.find(parameter => parameter.startsWith(`${name}=`))
  const match = /=(\d{1,5})(?:-(\d{1,5}))?$/.exec(text ?? '')
  if (!match) return null
  const first = Number(match[1])
  const second = match[2] === undefined ? first + 1 : Number(match[2])
  return first <= max && second <= max && first !== second ? [first, second] : null
}
