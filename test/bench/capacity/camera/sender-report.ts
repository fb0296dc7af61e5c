/** RTCP sender reports (RFC 3550, 6.4.1): which moment of the wall clock a timestamp is. */

const RTCP_SENDER_REPORT = 200
const BYTES = 28
const NTP_OF_UNIX_EPOCH_S = 2_208_988_800

export interface ReportedMoment {
  ssrc: number
  timestamp: number
  wallMs: number
  /** Sent so far: stands for the packets, which nobody here counts. */
  pictures: number
}

export function senderReport({ ssrc, timestamp, wallMs, pictures }: ReportedMoment): Buffer {
  const report = Buffer.alloc(BYTES)
  const seconds = Math.floor(wallMs / 1000)
  report[0] = 0x80
  report[1] = RTCP_SENDER_REPORT
  report.writeUInt16BE(BYTES / 4 - 1, 2)
  report.writeUInt32BE(ssrc, 4)
  report.writeUInt32BE((seconds + NTP_OF_UNIX_EPOCH_S) >>> 0, 8)
  report.writeUInt32BE(Math.floor(((wallMs - seconds * 1000) / 1000) * 2 ** 32), 12)
  report.writeUInt32BE(timestamp, 16)
  report.writeUInt32BE(pictures, 20)
  return report
}
