import { createHash, randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'

export interface JsonDoor {
  /** Resolves with the answer's body; throws for any other status than 200. */
  post(path: string, body: unknown): Promise<unknown>
  close(): void
}

/** POSTs JSON over one kept connection, with as little of its own as Node allows. */
export function openJsonDoor(port: number, bearer: string): JsonDoor {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' }
  return {
    post: (path, body) =>
      new Promise((resolve, reject) => {
        const text = JSON.stringify(body)
        const options = { host: '127.0.0.1', port, path, method: 'POST', agent }
        const sent = request({ ...options, headers: { ...headers, 'content-length': Buffer.byteLength(text) } })
        sent.once('error', reject)
        sent.once('response', (response) => {
          let answer = ''
          response.setEncoding('utf8').on('data', (part: string) => (answer += part))
          response.once('end', () => {
            if (response.statusCode === 200) resolve(JSON.parse(answer))
            else reject(new Error(`${path} answered ${String(response.statusCode)}: ${answer}`))
          })
        })
        sent.end(text)
      }),
    close: () => {
      agent.destroy()
    },
  }
}

/** Puts two small files into the pool; answers the body of a submit with them. */
export async function uploadInputs(url: string, licenseKey: string): Promise<Readonly<Record<string, string>>> {
  const [audio, video] = await Promise.all([upload(url, licenseKey, '.wav'), upload(url, licenseKey, '.mp4')])
  return { audio_hash: audio, audio_ext: '.wav', video_hash: video, video_ext: '.mp4' }
}

async function upload(url: string, licenseKey: string, ext: string): Promise<string> {
  const bytes = randomBytes(1_000)
  const hash = createHash('md5').update(bytes).digest('hex')
  const form = new FormData()
  form.set('hash', hash)
  form.set('ext', ext)
  form.set('file', new Blob([bytes]), `file${ext}`)
  const headers = { authorization: `Bearer ${licenseKey}` }
  const answer = await fetch(new URL('/api/heygem/upload_file', url), { method: 'POST', headers, body: form })
  if (!answer.ok) throw new Error(`an upload answered ${String(answer.status)}`)
  return hash
}
