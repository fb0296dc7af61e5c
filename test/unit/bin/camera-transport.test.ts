/** Which transports the simulated camera takes. */
import { describe, expect, it } from 'vitest'
import { chooseTransport } from '../../../bin/demo/camera/transport.js'

describe('chooseTransport', () => {
  it.each([
    ['RTP/AVP/TCP;unicast;interleaved=2-3', { kind: 'tcp', rtpChannel: 2, rtcpChannel: 3 }],
    ['RTP/AVP/TCP', { kind: 'tcp', rtpChannel: 0, rtcpChannel: 1 }],
    ['RTP/AVP;unicast;client_port=5000-5001', { kind: 'udp', rtpPort: 5000, rtcpPort: 5001 }],
    ['RTP/AVP/UDP;unicast;client_port=5000', { kind: 'udp', rtpPort: 5000, rtcpPort: 5001 }],
    ['RTP/AVP;multicast, RTP/AVP/TCP;interleaved=0-1', { kind: 'tcp', rtpChannel: 0, rtcpChannel: 1 }],
  ])('takes %s', (header, transport) => {
    expect(chooseTransport(header)).toEqual(transport)
  })

  it.each([
    [undefined],
    [''],
    ['RTP/AVP;multicast;client_port=5000-5001'],
    ['RTP/AVP;unicast'],
    ['RTP/AVP;unicast;client_port=99999-100000'],
    ['RTP/AVP;unicast;client_port=22-23'],
    ['RAW/RAW/UDP;unicast;client_port=5000-5001'],
  ])('refuses %s', header => {
    expect(chooseTransport(header)).toBeNull()
  })
})
