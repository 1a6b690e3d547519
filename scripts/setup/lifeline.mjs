import { Socket } from 'node:net'

/** In a program run by `passThrough`: dies at once when the launcher is gone, so that nothing is left running alone. */
export function diesWithLauncher() {
  const descriptor = process.env['DHS_LIFELINE_FD']
  delete process.env['DHS_LIFELINE_FD']
  if (descriptor === undefined) return
  const lifeline = new Socket({ fd: Number(descriptor), readable: true, writable: false })
  const die = () => process.kill(process.pid, 'SIGKILL')
  lifeline.once('end', die)
  lifeline.once('error', die)
  lifeline.resume()
  lifeline.unref()
}
