#!/usr/bin/env node
/**
 * Prints live detections of one stream: a whole WebSocket client, to copy from.
 *
 *   RINGSIDE_TOKEN=… node examples/watch.mjs http://127.0.0.1:8080 gate [class …]
 *
 * docs/wire-format.md describes every message.
 */
import WebSocket from 'ws'

const [address, stream, ...classes] = process.argv.slice(2)
const token = process.env.RINGSIDE_TOKEN
if (!address || !stream || !token) {
  console.error('usage: RINGSIDE_TOKEN=… watch.mjs http://127.0.0.1:8080 STREAM [CLASS …]')
  process.exit(2)
}

const socket = new WebSocket(`${address.replace(/^http/, 'ws')}/ws`, {
  headers: { authorization: `Bearer ${token}` }, // a browser gives ?token= instead
})

socket.on('open', () => {
  socket.send(JSON.stringify({ type: 'subscribe', streams: [stream], classes, minScore: 0.5 }))
})

socket.on('message', data => {
  const message = JSON.parse(data.toString())
  if (message.type === 'detections') {
    const found = message.detections.map(({ class: name, score, box: [left, top, right, bottom] }) => {
      const corners = [left, top, right, bottom].map(Math.round).join(' ')
      return `${name} ${score.toFixed(2)} at ${corners}`
    })
    console.log(`#${message.seq} ${Math.round(message.timing.totalMs)} ms  ${found.join(', ') || 'nothing'}`)
  } else if (message.type === 'stream.state') {
    console.log(`${message.stream} is ${message.state}${message.reason ? `: ${message.reason.text}` : ''}`)
  } else if (message.type === 'lost') {
    console.log(`too slow: ${message.messages} messages are gone`)
  } else if (message.type === 'error') {
    console.error(`${message.detail} ${message.remedy}`)
    process.exitCode = 1
    socket.close()
  }
})

socket.on('unexpected-response', (_, response) => {
  console.error(`Ringside answered ${response.statusCode}: is the token right?`)
  process.exit(1)
})
socket.on('error', error => {
  console.error(`no connection: ${error.message || error.code}`)
  process.exitCode = 1
})
process.on('SIGINT', () => socket.close())
