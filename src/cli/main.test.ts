import { describe, expect, it } from 'vitest'
import { gatewayOrigin } from '../client/index.ts'
import { AppError } from '../shared/index.ts'
import { text } from './command.ts'
import type { Command, CommandGroup } from './command.ts'
import { readPower } from './gateway/power.ts'
import { readReach } from './gateway/reach.ts'
import type { Io } from './io.ts'
import { main } from './main.ts'
import { parsePort, readSecretFile } from './values.ts'

interface Spoken extends Io {
  readonly stdout: () => string
  readonly stderr: () => string
}

function fakeIo(env: Io['env'] = {}): Spoken {
  let stdout = ''
  let stderr = ''
  return {
    env,
    isTty: false,
    columns: 80,
    out: (line) => void (stdout += line),
    err: (line) => void (stderr += line),
    stdout: () => stdout,
    stderr: () => stderr,
  }
}

const greet: Command = {
  name: 'greet',
  summary: 'Greets.',
  options: {
    who: { type: 'string', value: 'NAME', help: 'whom', required: true },
    loud: { type: 'boolean', help: 'louder' },
  },
  examples: ['dhs greet --who you'],
  run(options, io) {
    if (text(options, 'who') === 'all') throw new AppError('RATE_LIMITED', { retryAfterMs: 41_200 })
    if (text(options, 'who') === 'nobody') throw new AppError('PORT_IN_USE', { data: { port: 9501 } })
    io.out(`hello ${text(options, 'who') ?? ''}\n`)
    return Promise.resolve(0)
  },
}

const things: CommandGroup = {
  name: 'things',
  summary: 'Looks at things.',
  commands: [
    {
      name: 'things show',
      summary: 'Shows one.',
      positionals: [
        { name: 'id', help: 'which one', required: true },
        { name: 'how', help: 'in which way' },
      ],
      options: { far: { type: 'boolean', help: 'from afar' } },
      examples: ['dhs things show 1'],
      run(options, io) {
        io.out(`${text(options, 'id') ?? ''} ${text(options, 'how') ?? 'plainly'} ${String(options['far'] === true)}\n`)
        return Promise.resolve(0)
      },
    },
  ],
}

/** What systemd would start again, and what it would not. */
const start: Command = {
  name: 'start',
  summary: 'Starts.',
  options: {
    port: { type: 'string', value: 'N', help: 'port' },
    host: { type: 'string', value: 'ADDRESS', help: 'address' },
    gateway: { type: 'string', value: 'URL', help: 'gateway' },
    'power-url': { type: 'string', value: 'URL', help: 'hook' },
    'power-command': { type: 'string', value: 'PROGRAM', help: 'hook' },
    'secret-file': { type: 'string', value: 'FILE', help: 'secret' },
  },
  examples: ['dhs start'],
  async run(options, io) {
    readReach(options)
    parsePort(text(options, 'port') ?? '0')
    gatewayOrigin(text(options, 'gateway') ?? 'localhost:9501')
    await readPower(options, io)
    const secretFile = text(options, 'secret-file')
    if (secretFile !== undefined) await readSecretFile(secretFile)
    return 0
  },
}

const run = async (argv: string[], env?: Io['env']): Promise<{ code: number; out: string; err: string }> => {
  const io = fakeIo(env)
  const code = await main(argv, [greet, things, start], '1.2.3', io)
  return { code, out: io.stdout(), err: io.stderr() }
}

describe('dhs', () => {
  it('tells its version and its commands', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, out: '1.2.3\n', err: '' })
    expect((await run(['--help'])).out).toMatch(/ greet +Greets\./)
    expect((await run(['greet', '--help'])).out).toContain('--who NAME')
    expect((await run([])).code).toBe(2)
  })

  it.each([
    [['nothing'], 'there is no command "nothing"'],
    [['greet'], '--who is missing'],
    [['greet', '--who', ''], '--who needs a value'],
    [['greet', '--who', 'a', '--shout'], "Unknown option '--shout'"],
    [['greet', '--who', 'a', 'b'], "Unexpected argument 'b'"],
  ])('answers %j with exit 2 and the usage', async (argv, sentence) => {
    const { code, err, out } = await run(argv)
    expect(code).toBe(2)
    expect(err).toContain(sentence)
    expect(err).toContain('Usage: dhs')
    expect(out).toBe('')
  })

  it('says a usage mistake as JSON too when asked', async () => {
    const { code, out } = await run(['greet', '--json'])
    expect(code).toBe(2)
    expect(JSON.parse(out)).toMatchObject({ event: 'error', code: 'USAGE', message: '--who is missing' })
  })

  it('finds a command in its group, with its values by their places', async () => {
    expect((await run(['things', 'show', '1'])).out).toBe('1 plainly false\n')
    expect((await run(['things', 'show', '--far', '1', 'slowly'])).out).toBe('1 slowly true\n')
    expect((await run(['things', 'show', '1', '-2.5', '--far'])).out).toBe('1 -2.5 true\n')
    expect((await run(['things', 'show', '--help'])).out).toMatch(
      /^Usage: dhs things show ID \[HOW\] \[--far\] \[--json\]/,
    )
    for (const argv of [
      ['things', '--help'],
      ['help', 'things'],
    ]) {
      expect(await run(argv)).toMatchObject({
        code: 0,
        out: expect.stringContaining('things show ID [HOW]  Shows one.') as string,
      })
    }
    expect((await run(['help', 'things', 'show'])).out).toMatch(/ ID +which one/)
    expect((await run(['things'])).code).toBe(2)
  })

  it.each([
    [['things', 'eat'], 'there is no "eat"'],
    [['things', 'show'], 'ID is missing'],
    [['things', 'show', '1', 'slowly', '3'], "Unexpected argument '3'"],
  ])('answers %j with exit 2', async (argv, sentence) => {
    const { code, err } = await run(argv)
    expect([code, err]).toEqual([2, expect.stringContaining(sentence)])
  })

  it('takes a value that begins with a dash', async () => {
    expect((await run(['greet', '--who', '-dash.mp4'])).out).toBe('hello -dash.mp4\n')
    expect((await run(['greet', '--who', '--loud'])).code).toBe(2)
  })

  it('tells a failure as a sentence and an action, in the language of the terminal, with exit 1', async () => {
    const english = await run(['greet', '--who', 'nobody'])
    expect(english).toMatchObject({ code: 1, out: '' })
    expect(english.err).toContain('Port 9501 is used by another program.')
    const chinese = await run(['greet', '--who', 'nobody', '--json'], { LANG: 'zh_CN.UTF-8' })
    expect(JSON.parse(chinese.out)).toEqual({
      event: 'error',
      code: 'PORT_IN_USE',
      message: '端口 9501 已被占用。',
      hint: '请用 --port 更换端口，或停止占用它的程序。',
    })
  })

  it('says when to try again where the command has ended, and does not promise to go on by itself', async () => {
    const english = await run(['greet', '--who', 'all'])
    expect(english.err).toBe('dhs: Too many requests in a short time.\n     Try again in 42 s.\n')
    const chinese = await run(['greet', '--who', 'all', '--json'], { LANG: 'zh_CN.UTF-8' })
    expect(JSON.parse(chinese.out)).toMatchObject({ code: 'RATE_LIMITED', hint: '请在 42 秒后重试。' })
  })

  it.each([
    ['--port 99999', 'PORT_INVALID', 2],
    ['--host 0.0.0.0', 'PLAIN_BIND_REFUSED', 2],
    ['--gateway ftp://gpu.example', 'GATEWAY_ADDRESS_INVALID', 2],
    ['--power-url http://10.0.0.1/', 'POWER_HOOK_INVALID', 2],
    ['--power-command /bin/sh --power-url https://a.example/', 'POWER_HOOK_INVALID', 2],
    ['--power-command /not/yet/mounted', 'POWER_HOOK_INVALID', 1],
    ['--secret-file /not/yet/mounted', 'FILE_NOT_FOUND', 1],
  ])('ends %s with %s and exit %d: only what no restart heals is a mistake', async (words, code, exit) => {
    const end = await run(['start', ...words.split(' '), '--json'])
    expect([end.code, JSON.parse(end.out)]).toMatchObject([exit, { event: 'error', code }])
  })

  it.each([
    [{ LC_ALL: '', LC_MESSAGES: '', LANG: 'zh_CN.UTF-8' }, '端口'],
    [{ LC_ALL: '', LC_MESSAGES: 'zh_CN.UTF-8', LANG: 'en_GB.UTF-8' }, '端口'],
    [{ LC_ALL: 'C', LANG: 'zh_CN.UTF-8' }, 'Port'],
    [{ LC_ALL: '', LANG: '' }, 'Port'],
  ])('speaks the language of %j', async (env, word) => {
    expect((await run(['greet', '--who', 'nobody'], env)).err).toContain(`dhs: ${word} `)
  })
})
