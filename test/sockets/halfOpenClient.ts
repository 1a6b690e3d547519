import { connect } from 'node:net'
import { vi } from 'vitest'

/**
 * Sends `text` to 127.0.0.1 and then never ends its own side. Answers what it was told once the server has given the
 * whole connection back; throws when the server only ended its side of it.
 */
export async function sayAndStay(port: number, text: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  let answer = ''
  let isEnded = false
  // A reset is how it learns that there is nobody any more.
  socket.on('error', () => undefined)
  socket.on('data', (data: Buffer) => {
    answer += data.toString('latin1')
  })
  socket.on('end', () => {
    isEnded = true
  })
  socket.write(text)
  try {
    await vi.waitFor(() => {
      // Only a write tells a connection that is closed from one that is half open.
      if (isEnded) socket.write('.')
      if (!socket.destroyed) throw new Error(isEnded ? 'half open' : 'not ended')
    }, 10_000)
  } finally {
    socket.destroy()
  }
  return answer
}
