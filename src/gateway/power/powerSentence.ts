import type { Language } from '../../protocol/errors/index.ts'
import type { PowerResult } from '../../protocol/dsp/index.ts'

/** What the gateway itself says of a call. A hook's own words stay as they are. */
const SENTENCES: readonly (readonly [said: RegExp, zh: string])[] = [
  [/^already running$/, '已在运行'],
  [/^already starting$/, '已在启动中'],
  [/^asked for just before$/, '刚刚已请求过'],
  [/^it is being turned off, and is turned on again when it is off$/, '正在关机，关机后会再次开机'],
  [/^it did not come online within (\d+) seconds?$/, '$1 秒内未上线'],
  [/^it did not come online within (\d+) minutes?$/, '$1 分钟内未上线'],
  [/^it was turned off but is still online$/, '已关机，但仍在线'],
  [/^power on was asked for$/, '已请求开机'],
  [/^power off was asked for$/, '已请求关机'],
  [/^the command took too long and was ended$/, '命令超时，已终止'],
  [/^the command cannot be started \((\w+)\)$/, '命令无法启动（$1）'],
  [/^exit code (\d+)(?:: (.*))?$/, '退出码 $1：$2'],
  [/^the gateway stops$/, '网关正在停止'],
]

/** Pure. Results are kept as they were said; who reads them is known only now. */
export function inLanguage(result: PowerResult, language: Language): PowerResult {
  if (language !== 'zh-CN') return result
  const known = SENTENCES.find(([said]) => said.test(result.msg))
  if (known === undefined) return result
  const [said, zh] = known
  return { ...result, msg: result.msg.replace(said, zh).replace(/：$/, '') }
}
