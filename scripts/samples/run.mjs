import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Runs a program to its end; `input` (async iterable of buffers) is written to its stdin. Rejects with its last words. */
export async function run(command, args, input) {
  const child = spawn(command, args, { stdio: [input === undefined ? 'ignore' : 'pipe', 'ignore', 'pipe'] })
  let errorText = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errorText = (errorText + text).slice(-2000)
  })
  const ended = new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`${command} could not be started; is it installed?`, { cause })))
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${command} failed: ${errorText}`))))
  })
  if (input !== undefined) await Promise.race([feed(child.stdin, input), ended])
  await ended
}

async function feed(stdin, input) {
  // A child that dies early is reported by its exit, not by the broken pipe.
  stdin.on('error', () => undefined)
  for await (const chunk of input) {
    if (!stdin.write(chunk)) await once(stdin, 'drain')
  }
  stdin.end()
}
