import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { AddressInfo } from 'node:net'
import type { JobInputs, ServerTasks } from './serverTasks.ts'
import type { FieldSwitches } from './switches.ts'

export interface HttpSideDeps {
  readonly switches: FieldSwitches
  readonly tasks: ServerTasks
  readonly result: Buffer
  /** Asked of everything but `/health`; none when not given. */
  readonly secret?: string | undefined
}

type Json = Readonly<Record<string, unknown>>

/** The HTTP side of a GPU server (`:8383`), with a pool that knows files by their real MD5. */
export class HttpSide {
  readonly uploads: string[] = []
  /** So many came, answered or not. */
  requests = 0
  readonly #closed = new AbortController()
  readonly #deps: HttpSideDeps
  readonly #pool = new Map<string, Buffer>()
  readonly #server: Server

  constructor(deps: HttpSideDeps) {
    this.#deps = deps
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : new Error(String(error)))
      })
    })
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${String(port)}`
  }

  close(): Promise<void> {
    this.#closed.abort()
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve()
      })
      this.#server.closeAllConnections()
    })
  }

  has(md5: string): boolean {
    return this.#pool.has(md5)
  }

  /** Files unused for a day go. */
  sweep(): void {
    this.#pool.clear()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { switches, secret } = this.#deps
    const url = new URL(request.url ?? '/', 'http://server')
    const body = await bodyOf(request)
    this.requests += 1
    if (switches.slowMs > 0) await wait(switches.slowMs, undefined, { signal: this.#closed.signal })
    if (switches.garbage > 0) {
      switches.garbage -= 1
      response.writeHead(500, { 'content-type': 'text/html' }).end('<h1>502 Bad Gateway')
      return
    }
    const isOpen = url.pathname === '/api/heygem/health'
    if (secret !== undefined && !isOpen && request.headers.authorization !== `Bearer ${secret}`) {
      fail(response, 401, '未授权')
      return
    }
    await this.#route(url, request, body, response)
  }

  async #route(url: URL, request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const { switches, tasks } = this.#deps
    switch (url.pathname) {
      case '/api/heygem/health':
        json(response, 200, { code: 0, msg: 'ok', initialized: switches.initialized, queue: tasks.queue() })
        return
      case '/api/heygem/check_files': {
        const { files } = JSON.parse(body.toString()) as { files: { hash: string }[] }
        ok(response, Object.fromEntries(files.map(({ hash }) => [hash, this.#pool.has(hash)])))
        return
      }
      case '/api/heygem/upload_file':
        ok(response, { hash: this.#store(request, body), server_path: '/data/pool' })
        return
      case '/api/heygem/submit':
        this.#submit(JSON.parse(body.toString()) as JobInputs, response)
        return
      case '/api/heygem/progress': {
        const task = tasks.find(url.searchParams.get('task_id') ?? '')
        if (task === undefined) fail(response, 404, '任务不存在')
        else ok(response, tasks.tell(task))
        return
      }
      case '/api/heygem/download':
        this.#download(url.searchParams.get('task_id') ?? '', response)
        return
      case '/api/heygem/queue':
        ok(response, tasks.queue())
        return
      default:
        fail(response, 404, 'not found')
    }
  }

  #submit(inputs: JobInputs, response: ServerResponse): void {
    if (!this.has(inputs.audio_hash) || !this.has(inputs.video_hash)) {
      fail(response, 404, '文件不在文件池中')
      return
    }
    ok(response, { task_id: this.#deps.tasks.submit(inputs).id, queue: this.#deps.tasks.queue() })
  }

  /** A file whose bytes are others is kept all the same, under the name that is right. */
  #store(request: IncomingMessage, body: Buffer): string {
    const whole = fileOf(body, request.headers['content-type'] ?? '')
    const bytes = this.#deps.switches.damageUpload ? whole.subarray(0, -1) : whole
    this.#deps.switches.damageUpload = false
    const md5 = createHash('md5').update(bytes).digest('hex')
    // What it has already is not looked at again.
    if (!this.#pool.has(md5)) this.#pool.set(md5, bytes)
    this.uploads.push(md5)
    return md5
  }

  #download(taskId: string, response: ServerResponse): void {
    const { tasks, switches, result } = this.#deps
    const task = tasks.find(taskId)
    if (task === undefined || switches.result === 'missing') fail(response, 404, '文件不存在')
    else if (task.status !== 'done') fail(response, 400, '任务未完成')
    else {
      const share = { ok: 1, empty: 0, truncated: 0.6 }[switches.result]
      const bytes = result.subarray(0, Math.floor(result.length * share))
      response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes.length }).end(bytes)
    }
  }
}

/** The bytes of the field `file` of a multipart form. */
function fileOf(body: Buffer, contentType: string): Buffer {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/.exec(contentType)
  const end = `\r\n--${boundary?.[1] ?? boundary?.[2] ?? ''}`
  const head = body.indexOf('name="file"')
  const begins = body.indexOf('\r\n\r\n', head) + 4
  const ends = body.indexOf(end, begins)
  if (boundary === null || head < 0 || ends < 0) throw new Error('no file in the form')
  return body.subarray(begins, ends)
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function json(response: ServerResponse, status: number, body: Json): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function ok(response: ServerResponse, data: Json): void {
  json(response, 200, { code: 0, msg: 'ok', data })
}

function fail(response: ServerResponse, code: number, msg: string): void {
  json(response, code, { code, msg })
}
