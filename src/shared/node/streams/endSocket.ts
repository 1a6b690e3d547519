import type { Duplex } from 'node:stream'

const LINGER_MS = 2_000

/**
 * Says `bytes` on a socket that HTTP does not look after (any more) and gives it back at once when they are out, or
 * `lingerMs` later: its peer need neither read nor close. Nothing that its peer does is an error of ours.
 */
export function endSocket(socket: Duplex, bytes: string, lingerMs = LINGER_MS): void {
  // HTTP took its own listener off: without one, a reset would end the process.
  socket.on('error', () => undefined)
  if (socket.destroyed) return
  const timer = setTimeout(() => {
    socket.destroy()
  }, lingerMs)
  socket.once('close', () => {
    clearTimeout(timer)
  })
  socket.once('finish', () => {
    socket.destroy()
  })
  socket.end(bytes)
}
